-- Three jobs of the demo village, and a ledger of fourteen patches in each of two villages.

create temp table mine as
select id, parent_id, geom from area where code = '500999108201';

create temp table theirs as
select id, geom from area
where level = 'village' and code <> '500999108201' order by code limit 1;

insert into job (id, area_id, account_id, title_zh, title_en, recipe, recipe_hash, plan, estimate,
    state, worker, heartbeat_at, created_at, started_at, finished_at, error)
select j.id::uuid, mine.id, (select id from account where login = 'planner'), j.zh, j.en,
    E'recipe: season-mosaic\n', sha256(j.id::bytea), '{}',
    '{"pixels": 36000000, "looks": 12, "chunks": 144, "bytes_read": 1900000000,
      "bytes_written": 140000000, "memory_bytes": 620000000, "seconds": 260}',
    j.state, 'office:1', now(), now() - j.ago, now() - j.ago + interval '4 seconds',
    case when j.state <> 'running' then now() - j.ago + interval '5 minutes' end, j.error
from mine, (values
    ('0198c0de-0000-7000-8000-000000000001', '夏季无云影像', 'Summer mosaic without clouds',
        'running', interval '6 minutes', null),
    ('0198c0de-0000-7000-8000-000000000002', '果园逐月长势', 'Greenness of the orchards by month',
        'failed', interval '3 hours', 'the scene “s2b-20240714” was deleted during the run'),
    ('0198c0de-0000-7000-8000-000000000003', '耕地变化图斑', 'Change of farmland',
        'done', interval '2 days', null)
) as j (id, zh, en, state, ago, error);

-- The first: 52 of 144 chunks done, two in hand, and a second stage that waits.
insert into chunk (job_id, stage, position, state, attempt, worker, started_at, finished_at,
    bytes_read, bytes_written)
select '0198c0de-0000-7000-8000-000000000001', 0, g,
    case when g < 52 then 'done' when g < 54 then 'running' else 'waiting' end,
    case when g < 54 then 1 else 0 end, 'office:1',
    now() - interval '4 minutes' + g * interval '4 seconds',
    case when g < 52 then now() - interval '3 minutes' + g * interval '3 seconds' end,
    13000000, 900000
from generate_series(0, 143) as g;
insert into chunk (job_id, stage, position)
select '0198c0de-0000-7000-8000-000000000001', 1, g from generate_series(0, 2) as g;

-- The second: one chunk failed at its third attempt. The third: all done.
insert into chunk (job_id, stage, position, state, attempt, worker, error)
select '0198c0de-0000-7000-8000-000000000002', 0, g,
    case when g = 17 then 'failed' when g < 40 then 'done' else 'waiting' end,
    case when g = 17 then 3 when g < 40 then 1 else 0 end, 'office:1',
    case when g = 17 then 'the scene “s2b-20240714” was deleted during the run' end
from generate_series(0, 63) as g;
insert into chunk (job_id, stage, position, state, attempt, worker)
select '0198c0de-0000-7000-8000-000000000003', 0, g, 'done', 1, 'office:1'
from generate_series(0, 35) as g;

insert into job_log (job_id, at, level, message) values
    ('0198c0de-0000-7000-8000-000000000001', now() - interval '6 minutes', 'info',
        '12 scenes, 144 chunks'),
    ('0198c0de-0000-7000-8000-000000000001', now() - interval '2 minutes', 'warning',
        'every pixel of 2024-07-02 is cloud'),
    ('0198c0de-0000-7000-8000-000000000002', now() - interval '2 hours', 'error',
        'the scene “s2b-20240714” was deleted during the run');

insert into layer (id, area_id, kind, title_zh, title_en, audience)
select 'farmland-change', coalesce(parent_id, id), 'features', '耕地变化', 'Change of farmland',
    'officials'
from mine;
insert into job_output (job_id, name, kind, layer_id, title_zh, title_en) values
    ('0198c0de-0000-7000-8000-000000000003', 'farmland-change', 'features', 'farmland-change',
        '耕地变化图斑', 'Patches of changed farmland');

-- `m-1` … `m-14` are mine, the largest last; `t-1` … `t-14` are theirs.
insert into feature (layer_id, area_id, key, geom, properties)
select 'farmland-change', v.id, v.word || '-' || g,
    st_buffer(st_geometryn(st_generatepoints(v.geom, 14, 7), g)::geography, 18 + g * 3)::geometry,
    jsonb_build_object('area_m2', 3.14159 * (18 + g * 3) ^ 2, 'strength', -0.2 - g * 0.02,
        'before', 0.71 - g * 0.01, 'after', 0.51 - g * 0.03, 'parcel', 'P-' || (1000 + g * 37),
        'land_class', (array['水田', '旱地', '果园'])[1 + g % 3])
from (select 'm' as word, id, geom from mine union all select 't', id, geom from theirs) as v,
    generate_series(1, 14) as g;
