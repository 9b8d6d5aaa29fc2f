-- The tables `lines` and `multipolygons`, as ogr2ogr makes them of an OpenStreetMap extract, as the
-- public layers `osm-lines` and `osm-polygons`.
insert into area (code, name_zh, name_en, level, geom, area_m2)
values ('AD', '安道尔', 'Andorra', 'county',
    st_multi(st_makeenvelope(1.3, 42.3, 1.9, 42.8, 4326)),
    st_area(st_makeenvelope(1.3, 42.3, 1.9, 42.8, 4326)::geography))
on conflict (code) do nothing;
update area set ancestors = array[id] where code = 'AD';

insert into layer (id, area_id, kind, title_zh, title_en, audience, attribution)
select layer.id, area.id, 'features', layer.title_zh, layer.title_en, 'public',
    '© OpenStreetMap contributors'
from area, (values
    ('osm-lines', '线', 'Lines'), ('osm-polygons', '面', 'Polygons')
) as layer (id, title_zh, title_en)
where area.code = 'AD';

insert into feature (layer_id, area_id, key, geom, properties)
select 'osm-lines', area.id, lines.osm_id, lines.geom,
    jsonb_strip_nulls(to_jsonb(lines) - array['geom', 'ogc_fid', 'osm_id'])
from lines, area where area.code = 'AD';

insert into feature (layer_id, area_id, key, geom, properties)
select 'osm-polygons', area.id, coalesce(osm_id, osm_way_id), multipolygons.geom,
    jsonb_strip_nulls(to_jsonb(multipolygons) - array['geom', 'ogc_fid', 'osm_id', 'osm_way_id'])
from multipolygons, area where area.code = 'AD';

analyze feature;
