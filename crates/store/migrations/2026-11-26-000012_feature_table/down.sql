drop table feature_table;
