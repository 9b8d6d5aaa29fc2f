-- The beginnings of images, by which a server that starts knows them without opening a file or asking
-- a bucket. Objects are named by their content, so nothing here is ever out of date.
create table object_head (
    object text primary key,
    -- Bytes of the whole object.
    length bigint not null check (length >= octet_length(head)),
    head bytea not null
);
