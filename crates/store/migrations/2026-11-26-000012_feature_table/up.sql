-- A layer of features that is drawn from a table or view which somebody else keeps in this database.
create table feature_table (
    layer_id text primary key references layer (id) on delete cascade,
    -- Another after every publication: tiles that are kept belong to one.
    revision uuid not null default gen_random_uuid(),
    schema_name text not null,
    table_name text not null,
    geometry_column text not null,
    -- {"name": …, "content": …}, and an array of them: what its tiles carry, in the table's order.
    key_column jsonb,
    columns jsonb not null,
    srid integer not null check (srid > 0),
    bounds geometry(Polygon, 4326) not null,
    -- Where rows are looked for: a projection fails far from its own place.
    reach geometry(Polygon, 4326) not null
);
