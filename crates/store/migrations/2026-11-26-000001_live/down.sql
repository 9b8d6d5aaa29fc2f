delete from coverage where drawing is not null;
alter table coverage drop column drawing;
