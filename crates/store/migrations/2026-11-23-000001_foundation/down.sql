drop table photo, report_event, report, zonal_statistic, feature, coverage, layer, scene,
    session, account_area, account;
drop function areas_in_scope(bigint[]);
drop table area;
drop collation name_order;
-- The extension stays: other schemas may use it.
