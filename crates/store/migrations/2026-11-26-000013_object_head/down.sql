drop table object_head;
