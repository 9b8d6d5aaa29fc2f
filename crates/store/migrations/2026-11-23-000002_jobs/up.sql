-- Jobs: recipes at work, and what came of them.

create table job (
    id uuid primary key,
    area_id bigint not null references area (id) on delete restrict,
    account_id bigint references account (id) on delete set null,
    title_zh text not null default '',
    title_en text not null default '',
    -- As it was written.
    recipe text not null,
    recipe_hash bytea not null check (length(recipe_hash) = 32),
    -- What is worked on is fixed here: a scene that comes later does not change a running job.
    plan jsonb not null,
    estimate jsonb not null default '{}',
    state text not null default 'queued'
        check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    cancel_requested boolean not null default false,
    executor text not null default 'local' check (executor in ('local', 'nats')),
    -- Who leads the job, while it runs.
    worker text,
    heartbeat_at timestamptz,
    error text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz
);
create index job_area on job (area_id);
create index job_account on job (account_id);
create index job_newest on job (created_at desc, id desc);
create index job_recipe on job (recipe_hash);
create index job_open on job (created_at) where state in ('queued', 'running');

-- The ledger: what is done, by whom what is being done, and how often it was begun.
create table chunk (
    job_id uuid not null references job (id) on delete cascade,
    stage integer not null check (stage >= 0),
    position integer not null check (position >= 0),
    state text not null default 'waiting'
        check (state in ('waiting', 'running', 'done', 'failed')),
    attempt integer not null default 0,
    worker text,
    leased_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    result jsonb,
    error text,
    bytes_read bigint not null default 0,
    bytes_written bigint not null default 0,
    primary key (job_id, stage, position)
);
create index chunk_open on chunk (job_id, stage, position) where state <> 'done';

create table job_log (
    id bigint generated always as identity primary key,
    job_id uuid not null references job (id) on delete cascade,
    at timestamptz not null default now(),
    level text not null check (level in ('info', 'warning', 'error')),
    message text not null
);
create index job_log_job on job_log (job_id, id);

create table job_output (
    job_id uuid not null references job (id) on delete cascade,
    name text not null check (name <> ''),
    kind text not null check (kind in ('layer', 'features', 'table')),
    layer_id text references layer (id) on delete set null,
    object text,
    title_zh text not null default '',
    title_en text not null default '',
    -- Dates of a layer, rows of a table …
    details jsonb not null default '{}',
    primary key (job_id, name)
);
create index job_output_layer on job_output (layer_id);

-- What an official found where the imagery shows a change. It belongs to the patch's key, which
-- outlives the feature's row when the same recipe is run again.
create table patch_check (
    layer_id text not null references layer (id) on delete cascade,
    key text not null check (key <> ''),
    state text not null
        check (state in ('unchecked', 'confirmed', 'not_confirmed', 'restored')),
    note text not null default '',
    account_id bigint references account (id) on delete set null,
    checked_at timestamptz not null default now(),
    primary key (layer_id, key)
);
create index patch_check_account on patch_check (account_id);

-- Those who watch are told which job moved; equal messages of one transaction are one.
create function tell_job_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('job', (case
        when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new)
    end) ->> tg_argv[0]);
    return null;
end
$$;
create trigger job_added_or_gone after insert or delete on job
    for each row execute function tell_job_changed('id');
-- A heartbeat is no news.
create trigger job_changed after update on job
    for each row when ((old.state, old.cancel_requested, old.error, old.title_zh)
        is distinct from (new.state, new.cancel_requested, new.error, new.title_zh))
    execute function tell_job_changed('id');
create trigger chunk_changed after update on chunk
    for each row when (old.state is distinct from new.state)
    execute function tell_job_changed('job_id');
create trigger job_log_added after insert on job_log
    for each row execute function tell_job_changed('job_id');
