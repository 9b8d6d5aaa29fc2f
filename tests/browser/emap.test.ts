// The e-map of a real extract: a style MapLibre's own validator accepts, drawn by MapLibre itself at
// the zooms people use, on a phone and on a desk. The pictures are kept to be looked at.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { type StyleSpecification, validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { complaints, open, screenshot } from './browser'
import { Program } from './program'

const repository = resolve(import.meta.dirname, '../..')
const realData = process.env.XIANGTU_REAL_DATA ?? join(repository, 'data/real')
const extract = join(realData, 'vector/andorra-latest.osm.pbf')
// Of another place: what counts is that its layers are in the styles.
const elevation = join(realData, 'dem/srtm_zion_90m_epsg4326_uint16.tif')
const library = join(repository, 'web/node_modules/maplibre-gl/dist')

const county = `{"type":"FeatureCollection","features":[{"type":"Feature",
  "properties":{"code":"AD","name":"安道尔","name_en":"Andorra"},"geometry":{"type":"Polygon",
  "coordinates":[[[1.3,42.35],[1.9,42.35],[1.9,42.75],[1.3,42.75],[1.3,42.35]]]}}]}`

/** A page with nothing but the map, as another site's program would show it. */
const html = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/library/maplibre-gl.css">
<style>html, body, #map { height: 100%; margin: 0 }</style><div id="map"></div>
<script type="module">
import { Map, setWorkerUrl } from '/library/maplibre-gl.mjs'
setWorkerUrl('/library/maplibre-gl-worker.mjs')
const asked = new URLSearchParams(location.search)
window.map = new Map({
  container: 'map', style: asked.get('style'), zoom: asked.get('zoom'), center: asked.get('at').split(','),
  attributionControl: { compact: true }, fadeDuration: 0, localIdeographFontFamily: 'Noto Sans CJK SC, sans-serif',
})
window.wrong = []
window.map.on('error', ({ error }) => window.wrong.push(String(error)))
</script>`

const sizes = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } } as const
const places = [
  { zoom: 9, at: '1.56,42.54' },
  { zoom: 12, at: '1.54,42.52' },
  { zoom: 15, at: '1.5218,42.5075' },
] as const

let program: Program | undefined
let origin: string
beforeAll(async () => {
  if (!existsSync(extract)) {
    const list = process.env.XIANGTU_SKIPPED
    if (list) appendFileSync(list, `the e-map in a browser: ${extract} is missing\n`)
    return
  }
  program = await Program.start(['--no-demo'])
  origin = `http://127.0.0.1:${program.port}`
  const areas = join(program.home, 'county.geojson')
  writeFileSync(areas, county)
  program.command('import', 'areas', areas, '--level', 'county')
  program.command('import', 'emap', extract)
  program.command('import', 'relief', elevation, '--area', 'AD')
})
afterAll(() => program?.stop())

const withExtract = test.skipIf(!existsSync(extract))

withExtract('every style is what MapLibre calls valid', async () => {
  for (const name of ['emap', 'emap-over-imagery'])
    for (const language of ['zh', 'en']) {
      const answer = await fetch(`${origin}/styles/${name}.json?lang=${language}`)
      const style = (await answer.json()) as StyleSpecification
      expect(validateStyleMin(style), name).toEqual([])
      expect(style.layers.length).toBeGreaterThan(20)
      expect(style.sources['emap-contour']?.type).toBe('vector')
      expect(style.sources['emap-relief']?.type).toBe(name === 'emap' ? 'raster' : undefined)
    }
})

/** Opens a look of the e-map and waits until it is drawn. */
async function drawn(page: Page, style: string, zoom: number, at: string) {
  await page.route(`${origin}/library/*`, (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? ''
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript'
    return route.fulfill({ body: readFileSync(join(library, name)), contentType: type })
  })
  await page.route(`${origin}/map?*`, (route) => route.fulfill({ body: html, contentType: 'text/html' }))
  const asked = new URLSearchParams({ style: `${origin}/styles/${style}.json?lang=zh`, zoom: String(zoom), at })
  await page.goto(`${origin}/map?${asked}`)
  await page.waitForFunction('window.map?.loaded() && window.map.areTilesLoaded()', undefined, {
    timeout: 90_000,
  })
  await page.waitForTimeout(800)
}

/** How many features of each kind of layer are seen, and the names that are written. */
async function seen(page: Page) {
  return page.evaluate(() => {
    type Seen = { layer: { id: string; type: string }; properties: Record<string, unknown> }
    const map = (window as unknown as { map: { queryRenderedFeatures(): Seen[] } }).map
    const features = map.queryRenderedFeatures()
    const count = (id: RegExp) => features.filter(({ layer }) => id.test(layer.id)).length
    const symbols = features.filter(({ layer }) => layer.type === 'symbol')
    return {
      roads: count(/^road$/),
      paths: count(/^(path|track|steps)$/),
      buildings: count(/^building$/),
      water: count(/^water/),
      names: symbols.map(({ properties }) => properties.name_zh ?? properties.name).filter(Boolean),
      symbols: symbols.length,
      wrong: (window as unknown as { wrong: string[] }).wrong,
    }
  })
}

for (const [device, viewport] of Object.entries(sizes)) {
  withExtract(`a map that reads at every zoom (${device})`, async () => {
    const context = await open({ viewport, deviceScaleFactor: device === 'phone' ? 2 : 1 })
    const page = await context.newPage()
    const wrong = complaints(page, origin)
    for (const { zoom, at } of places) {
      await drawn(page, 'emap', zoom, at)
      const found = await seen(page)
      await screenshot(page, `emap-${device}-z${zoom}`)
      expect(found.wrong).toEqual([])
      expect(found.roads).toBeGreaterThan(5)
      expect(found.names.length).toBeGreaterThan(zoom === 9 ? 0 : 5)
      // Low zooms are calm, high ones rich.
      if (zoom === 9) expect([found.paths, found.buildings]).toEqual([0, 0])
      if (zoom === 9) expect(found.symbols).toBeLessThan(60)
      if (zoom === 12) expect(found.buildings).toBe(0)
      if (zoom === 15) expect(found.buildings).toBeGreaterThan(50)
      expect(found.names.includes('安道尔城')).toBe(true)
    }
    await drawn(page, 'emap-over-imagery', 14, '1.5218,42.5075')
    await screenshot(page, `emap-${device}-over-imagery`)
    expect(wrong).toEqual([])
    await context.close()
  })
}
