-- The foundation: places, people, imagery and reports.
-- Every row that belongs to a place carries its area, so that one predicate bounds every query.

create extension if not exists postgis;

-- Chinese names in the order of their pronunciation, as people look them up.
create collation name_order (provider = icu, locale = 'zh-u-co-pinyin');

create table area (
    id bigint generated always as identity primary key,
    code text not null unique check (code <> ''),
    name_zh text not null,
    name_en text not null default '',
    level text not null
        check (level in ('province', 'city', 'county', 'township', 'village', 'group')),
    parent_id bigint references area (id) on delete restrict,
    -- From the root down to the area itself: "is under" is one array overlap.
    ancestors bigint[] not null default '{}',
    geom geometry(MultiPolygon, 4326) not null,
    area_m2 double precision not null check (area_m2 > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (parent_id <> id)
);
create index area_geom on area using gist (geom);
create index area_ancestors on area using gin (ancestors);
create index area_parent on area (parent_id);

-- The areas somebody may see: null is everything, else what lies under the given areas.
-- Used only through store::scope::Scope. Written so that the planner can inline it.
create function areas_in_scope(scope bigint[]) returns table (id bigint)
    language sql stable
    as $$ select area.id from area where scope is null or area.ancestors && scope $$;

create table account (
    id bigint generated always as identity primary key,
    login text not null unique check (login <> ''),
    name text not null,
    role text not null check (role in ('administrator', 'planner', 'official')),
    password_hash text not null,
    demo boolean not null default false,
    disabled boolean not null default false,
    created_at timestamptz not null default now()
);

create table account_area (
    account_id bigint not null references account (id) on delete cascade,
    area_id bigint not null references area (id) on delete restrict,
    primary key (account_id, area_id)
);

create table session (
    -- SHA-256 of the token: a copy of the database opens no door.
    token_hash bytea primary key check (length(token_hash) = 32),
    account_id bigint not null references account (id) on delete cascade,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index session_expires_at on session (expires_at);
create index session_account on session (account_id);

create table scene (
    id text primary key check (id <> ''),
    area_id bigint not null references area (id) on delete restrict,
    acquired_at timestamptz not null,
    sensor text not null,
    cloud_share double precision check (cloud_share between 0 and 1),
    footprint geometry(MultiPolygon, 4326) not null,
    item jsonb not null,
    bands jsonb not null,
    created_at timestamptz not null default now()
);
create index scene_footprint on scene using gist (footprint);
create index scene_area on scene (area_id);

create table layer (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    area_id bigint not null references area (id) on delete restrict,
    kind text not null check (kind in ('visual', 'index', 'features')),
    title_zh text not null,
    title_en text not null default '',
    audience text not null check (audience in ('public', 'village', 'officials')),
    style jsonb not null default '{}',
    attribution text not null default '',
    created_at timestamptz not null default now()
);
create index layer_area on layer (area_id);

create table coverage (
    id bigint generated always as identity primary key,
    layer_id text not null references layer (id) on delete cascade,
    area_id bigint not null references area (id) on delete restrict,
    scene_id text references scene (id) on delete restrict,
    date date not null,
    object text not null,
    georeference jsonb not null,
    bounds geometry(Polygon, 4326) not null,
    min_zoom smallint not null check (min_zoom between 0 and 30),
    max_zoom smallint not null check (max_zoom between 0 and 30),
    cloud_share double precision check (cloud_share between 0 and 1),
    version text not null,
    lineage jsonb not null default '{}',
    unique (layer_id, date),
    check (min_zoom <= max_zoom)
);
create index coverage_bounds on coverage using gist (bounds);
create index coverage_area on coverage (area_id);
create index coverage_scene on coverage (scene_id);

create table feature (
    id bigint generated always as identity,
    layer_id text not null references layer (id) on delete cascade,
    area_id bigint not null references area (id) on delete restrict,
    key text not null,
    geom geometry(Geometry, 4326) not null,
    properties jsonb not null default '{}',
    primary key (layer_id, id)
) partition by list (layer_id);
create table feature_default partition of feature default;
create index feature_geom on feature using gist (geom);
create index feature_area on feature (area_id);
create index feature_key on feature (layer_id, key);

create table zonal_statistic (
    coverage_id bigint not null references coverage (id) on delete cascade,
    area_id bigint not null references area (id) on delete restrict,
    count double precision not null,
    valid_share double precision not null check (valid_share between 0 and 1),
    mean double precision,
    std double precision,
    min double precision,
    max double precision,
    primary key (coverage_id, area_id)
);
create index zonal_statistic_area on zonal_statistic (area_id);

create table report (
    id uuid primary key,
    reference text not null unique,
    area_id bigint not null references area (id) on delete restrict,
    service_code text not null,
    description text not null,
    place geometry(Point, 4326) not null,
    accuracy_m double precision check (accuracy_m >= 0),
    place_source text not null check (place_source in ('gps', 'map', 'list', 'typed')),
    phone text,
    state text not null check (state in ('new', 'accepted', 'done', 'refused')),
    channel text not null check (channel in ('web', 'assisted')),
    content_hash bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index report_place on report using gist (place);
create index report_area on report (area_id);
-- The queue is read newest first, page by page.
create index report_newest on report (created_at desc, id desc);

create table report_event (
    id bigint generated always as identity primary key,
    report_id uuid not null references report (id) on delete cascade,
    area_id bigint not null references area (id) on delete restrict,
    at timestamptz not null default now(),
    account_id bigint references account (id) on delete set null,
    actor text not null,
    from_state text check (from_state in ('new', 'accepted', 'done', 'refused')),
    to_state text not null check (to_state in ('new', 'accepted', 'done', 'refused')),
    note text not null default ''
);
create index report_event_report on report_event (report_id, id);
create index report_event_area on report_event (area_id);
create index report_event_account on report_event (account_id);

create table photo (
    report_id uuid not null references report (id) on delete cascade,
    position smallint not null check (position >= 0),
    area_id bigint not null references area (id) on delete restrict,
    object text not null,
    thumbnail text not null,
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    bytes bigint not null check (bytes > 0),
    -- Of what the client sent, so that a phone can check its receipt.
    sha256 bytea not null check (length(sha256) = 32),
    primary key (report_id, position)
);
create index photo_area on photo (area_id);
