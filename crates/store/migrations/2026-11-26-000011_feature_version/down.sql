drop trigger features_emptied on feature;
drop trigger features_altered on feature;
drop trigger features_gone on feature;
drop trigger features_added on feature;
drop function features_changed;
alter table layer drop column features_version;
