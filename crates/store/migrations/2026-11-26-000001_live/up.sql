-- How a date is drawn from bands of stored images when it is asked for; null where its object is
-- the picture. The object of a drawn date is empty.
alter table coverage add column drawing jsonb;
alter table coverage add check ((object = '') = (drawing is not null));
