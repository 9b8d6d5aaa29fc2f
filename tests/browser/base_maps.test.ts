// A base map of an outside host: chosen by keyboard, drawn through our server, thanked for, and missed
// in one quiet line when its host fails. Without the configuration nothing of it is there.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { complaints, desk, open, overflow, phone, screenshot, violations } from './browser'
import { Program } from './program'

const key = '00112233445566778899aabbccddeeff'
const attribution = '天地图 © 国家地理信息公共服务平台 · 审图号 GS(2025)0000号'

/** What the host does: tiles, or an error with status 200 as some give when a key is used up. */
let fails = false
let asked: string[] = []
let host: Server
let program: Program
let origin: string

/** A square of one colour with a lighter edge; labels are a dark stripe on nothing. */
function tile(labels: boolean, imagery: boolean): Buffer {
  const size = 256
  const rows = Buffer.alloc(size * (size * 4 + 1))
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const edge = x < 2 || y < 2
      const ground = imagery ? [52, 84, 58, 255] : [214, 228, 240, 255]
      const line = y > 120 && y < 132 && x > 40 && x < 216 ? [120, 40, 20, 255] : [0, 0, 0, 0]
      const colour = labels ? line : edge ? [160, 180, 200, 255] : ground
      rows.set(colour, y * (size * 4 + 1) + 1 + x * 4)
    }
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size)
  header.writeUInt32BE(size, 4)
  header.set([8, 6], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([signature, ...chunks])
}

function entry(id: string, title: string, port: number, more: string): string {
  const address = (part: string) => `http://127.0.0.1:${port}/${id}/${part}/{z}/{x}/{y}?tk={key}`
  return `[[base_map]]
id = "${id}"
title = "${title}"
url = "${address('ground')}"
labels = "${address('labels')}"
key = "${key}"
attribution = "${attribution}"
keep_days = 30
${more}
`
}

beforeAll(async () => {
  host = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (fails) response.end(`{"msg":"权限类型错误","tk":"${key}"}`)
    else response.end(tile(path.includes('/labels/'), path.includes('imagery')))
  })
  await new Promise<void>((done) => host.listen(0, '127.0.0.1', done))
  const { port } = host.address() as AddressInfo
  const file = join(mkdtempSync(join(tmpdir(), 'xiangtu-base-maps-')), 'base-maps.toml')
  const imagery = 'look = "imagery"\ntitle_en = "Tianditu imagery"'
  const both = entry('tianditu-map', '天地图 地图', port, '') + entry('tianditu-imagery', '天地图 影像', port, imagery)
  writeFileSync(file, both)
  program = await Program.start(['--base-maps', file])
  origin = `http://127.0.0.1:${program.port}`
})
afterAll(async () => {
  await program.stop()
  host.close()
})

async function signIn(viewport: { width: number; height: number }, query: string) {
  const context = await open({ viewport, hasTouch: viewport === phone })
  const page = await context.newPage()
  await page.goto(`${origin}/app/?screen=map&${query}`)
  await page.locator('input[name=username]').fill(program.account('daping').login)
  await page.locator('input[name=password]').fill(program.account('daping').password)
  await page.keyboard.press('Enter')
  await page.locator('.controls').first().waitFor()
  return { context, page }
}

/** Until the map has asked for what it wants and drawn it. */
async function drawn(page: Page) {
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(1500)
}

test('it is chosen by keyboard, shown with its attribution, and remembered in the address', async () => {
  const { context, page } = await signIn(desk, '')
  const wrong = complaints(page, origin)
  await drawn(page)
  expect(asked).toEqual([])
  const group = page.getByRole('group', { name: '底图' })
  await group.getByRole('radio', { name: '不显示' }).focus()
  await page.keyboard.press('ArrowUp')
  expect(await group.getByRole('radio', { name: '天地图 影像' }).isChecked()).toBe(true)
  await drawn(page)
  await screenshot(page, 'base-map-imagery-desk')
  await group.getByText('天地图 地图').click()
  await page.locator('.attribution', { hasText: '审图号 GS(2025)0000号' }).waitFor()
  await drawn(page)
  await screenshot(page, 'base-map-desk')
  expect(page.url()).toContain('base=tianditu-map')
  expect(asked.some((path) => path.startsWith('/tianditu-map/ground/') && path.endsWith(`?tk=${key}`))).toBe(true)
  expect(asked.some((path) => path.startsWith('/tianditu-map/labels/'))).toBe(true)
  expect(await violations(page)).toEqual([])
  const before = asked.length
  await page.reload()
  await page.locator('.attribution', { hasText: '审图号' }).waitFor()
  await drawn(page)
  expect(await group.getByRole('radio', { name: '天地图 地图' }).isChecked()).toBe(true)
  expect(asked.length, 'what was kept is not asked for again').toBe(before)
  expect(await page.content()).not.toContain(key)
  expect(wrong).toEqual([])
  await context.close()
})

test('a phone shows it whole, with its attribution', async () => {
  const { context, page } = await signIn(phone, 'base=tianditu-map')
  await drawn(page)
  await page.locator('.attribution', { hasText: '审图号' }).waitFor()
  await screenshot(page, 'base-map-phone')
  await page.getByRole('button', { name: '图层' }).click()
  await page.getByRole('group', { name: '底图' }).scrollIntoViewIfNeeded()
  await page.waitForTimeout(500)
  await screenshot(page, 'base-map-phone-choice')
  expect(await overflow(page)).toBe(0)
  await context.close()
})

test('when its host fails the map goes on and says so once', async () => {
  fails = true
  // Where nothing is kept yet.
  const { context, page } = await signIn(desk, 'base=tianditu-map&at=9/25.1/102.7')
  const notice = page.getByText('底图“天地图 地图”暂时无法获取')
  await notice.waitFor()
  await drawn(page)
  expect(await notice.count()).toBe(1)
  await screenshot(page, 'base-map-fails')
  expect(await violations(page)).toEqual([])
  await page.getByRole('status').getByRole('button', { name: '关闭' }).click()
  await page.locator('.canvas canvas').focus()
  for (const arrow of ['ArrowLeft', 'ArrowUp', 'ArrowLeft']) await page.keyboard.press(arrow)
  await drawn(page)
  expect(await notice.count(), 'it was read').toBe(0)
  fails = false
  asked = []
  await context.close()
})
