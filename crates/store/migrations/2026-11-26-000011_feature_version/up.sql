-- Whoever keeps features in memory learns cheaply whether they are still the same: the version is
-- another after every change of a layer's features, whoever makes it. It is drawn at random, so
-- that a layer made again, or a backup read back, never comes to an old version with new features.
alter table layer add column features_version uuid not null default gen_random_uuid();

create function features_changed() returns trigger language plpgsql as $$
declare
    layers text[];
begin
    if tg_op = 'TRUNCATE' then
        layers := array(select id from layer where kind = 'features');
    elsif tg_op = 'UPDATE' then
        layers := array(select layer_id from changed union select layer_id from became);
    else
        layers := array(select distinct layer_id from changed);
    end if;
    update layer set features_version = gen_random_uuid() where id = any(layers);
    -- Equal messages of one transaction are one.
    perform pg_notify('features', id) from unnest(layers) as id;
    return null;
end
$$;
create trigger features_added after insert on feature
    referencing new table as changed
    for each statement execute function features_changed();
create trigger features_gone after delete on feature
    referencing old table as changed
    for each statement execute function features_changed();
create trigger features_altered after update on feature
    referencing old table as changed new table as became
    for each statement execute function features_changed();
create trigger features_emptied after truncate on feature
    for each statement execute function features_changed();
