// A villager reports on a phone; the village's official finds it at a desk; the villager sees
// what became of it. The neighbour's official sees nothing.

import { afterAll, beforeAll, expect, test } from 'vitest'

import { complaints, desk, open, overflow, phone, screenshot, violations } from './browser'
import { Program } from './program'

let program: Program
let origin: string
beforeAll(async () => {
  program = await Program.start()
  origin = `http://127.0.0.1:${program.port}`
})
afterAll(() => program.stop())

/** A place inside the village that the account works for: the middle of its bounds. */
async function placeIn(login: string): Promise<{ longitude: number; latitude: number }> {
  const session = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(program.account(login)),
  })
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? ''
  const answer = await fetch(`${origin}/api/v1/areas`, { headers: { cookie } })
  const { areas } = (await answer.json()) as { areas: { bounds: number[] }[] }
  const [west = 0, south = 0, east = 0, north = 0] = areas[0]?.bounds ?? []
  return { longitude: (west + east) / 2, latitude: (south + north) / 2 }
}

async function signIn(login: string, viewport = desk) {
  const context = await open({ viewport })
  const page = await context.newPage()
  await page.goto(`${origin}/app/`)
  await page.locator('input[name=username]').fill(program.account(login).login)
  await page.locator('input[name=password]').fill(program.account(login).password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: '事件' }).first().waitFor()
  return { context, page }
}

const words = '桥头的护栏被撞断了,晚上看不见很危险'

test('a report walks from the phone to the desk and back', async () => {
  const geolocation = { ...(await placeIn('daping')), accuracy: 12 }
  const villager = await open({ viewport: phone, geolocation, permissions: ['geolocation'] })
  const form = await villager.newPage()
  const wrong = complaints(form, origin)
  await form.goto(`${origin}/m/`)
  await screenshot(form, 'phone-home')
  expect(await violations(form)).toEqual([])
  await form.getByRole('link', { name: '上报一件事' }).first().click()
  await form.locator('input[name=service]').first().check({ force: true })
  await form.getByRole('button', { name: '用我现在的位置' }).click()
  await form.getByText('误差约 12 米').waitFor()
  await form.locator('#description').fill(words)
  await form.locator('#phone').fill('13800000000')
  await form.locator('#photo-file').setInputFiles({
    name: 'bridge.png',
    mimeType: 'image/png',
    buffer: await form.screenshot(),
  })
  await form.locator('#photos img').first().waitFor()
  await screenshot(form, 'phone-form-filled')
  expect(await violations(form)).toEqual([])
  expect(await overflow(form)).toBe(0)
  await form.locator('#send').click()
  await form.waitForURL(/\/m\/report\/[0-9-]+/)
  const number = (await form.locator('.number').textContent())?.trim() ?? ''
  expect(number).toMatch(/^[0-9]{3}-[0-9]{3}-[0-9]{4}$/)
  await form.getByText('待受理').first().waitFor()
  await screenshot(form, 'phone-receipt')
  expect(await violations(form)).toEqual([])

  const { context: desktop, page } = await signIn('daping')
  const pageWrong = complaints(page, origin)
  const row = page.locator('[data-report]', { hasText: words })
  await row.waitFor()
  await page.locator('.controls').first().waitFor()
  await page.waitForTimeout(2500)
  await screenshot(page, 'desk-queue')
  expect(await violations(page)).toEqual([])
  await row.click()
  await page.getByText('13800000000').waitFor()
  await page.locator('[data-action=accept]').waitFor()
  await page.waitForTimeout(800)
  await screenshot(page, 'desk-report')
  expect(await violations(page)).toEqual([])
  await page.locator('[data-action=accept]').click()
  await page.locator('[data-action=done]').waitFor()

  const { context: neighbour, page: other } = await signIn('hewan')
  const seen = await neighbour.request.get(`${origin}/api/v1/reports`)
  expect(seen.status()).toBe(200)
  expect(await seen.text()).not.toContain(words)
  expect(await other.locator('[data-report]', { hasText: words }).count()).toBe(0)
  await neighbour.close()

  await form.reload()
  await form.getByText('处理中').first().waitFor()
  expect(await form.getByText('13800000000').count()).toBe(0)
  await screenshot(form, 'phone-status')
  expect(wrong).toEqual([])
  expect(pageWrong).toEqual([])
  await desktop.close()
  await villager.close()
})

test('without JavaScript the form sends, and keeps what was written when something is missing', async () => {
  const context = await open({ viewport: phone, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${origin}/m/report`)
  await page.locator('#description').fill(words)
  await page.locator('#send').click()
  await page.locator('#mistakes a').first().waitFor()
  expect(await page.locator('#description').inputValue()).toBe(words)
  await screenshot(page, 'phone-no-script-mistakes')
  await page.locator('input[name=service]').nth(1).check({ force: true })
  await page.locator('#area').selectOption({ index: 1 })
  await page.locator('#send').click()
  await page.waitForURL(/\/m\/report\/[0-9-]+/)
  expect(await page.getByText('待受理').count()).toBeGreaterThan(0)
  await screenshot(page, 'phone-no-script-receipt')
  await context.close()
})

test('the place is picked on the small map by keyboard alone', async () => {
  const context = await open({ viewport: phone })
  const page = await context.newPage()
  await page.goto(`${origin}/m/report`)
  const map = page.locator('#map [tabindex="0"]').first()
  await map.focus()
  for (const key of ['+', '+', 'ArrowLeft', 'ArrowUp', 'Enter']) await page.keyboard.press(key)
  await page.getByText('位置已定在十字处').first().waitFor()
  await screenshot(page, 'phone-map-picked')
  await context.close()
})

test('the desk shows imagery, the index with numbers, and the table by village', async () => {
  const { context, page } = await signIn('planner')
  const wrong = complaints(page, origin)
  await page.locator('.controls').first().waitFor()
  await page.getByRole('button', { name: '地图', exact: true }).or(page.getByRole('link', { name: '地图', exact: true })).first().click()
  await page.waitForTimeout(3000)
  await screenshot(page, 'desk-layers')
  expect(await violations(page)).toEqual([])
  // The map drew something: its picture is not one colour.
  const colours = await page.locator('canvas').first().screenshot()
  expect(colours.byteLength).toBeGreaterThan(30_000)
  await page.getByRole('button', { name: '数据', exact: true }).or(page.getByRole('link', { name: '数据', exact: true })).first().click()
  await page.getByRole('table').waitFor()
  const rows = await page.getByRole('row').allTextContents()
  expect(rows.some((row) => row.includes('大坪村') && /0\.\d/.test(row))).toBe(true)
  await page.waitForTimeout(2000)
  await screenshot(page, 'desk-table')
  expect(await violations(page)).toEqual([])
  expect(wrong).toEqual([])
  await context.close()
})

test('the app on a phone, in English, and at twice the text size', async () => {
  const { context, page } = await signIn('daping', phone)
  await page.locator('[data-report]').first().waitFor()
  await page.waitForTimeout(1500)
  await screenshot(page, 'phone-app')
  expect(await overflow(page)).toBe(0)
  await page.locator('[data-report]').first().click()
  await page.waitForTimeout(1000)
  await screenshot(page, 'phone-app-report')
  expect(await violations(page)).toEqual([])
  await context.close()

  const large = await open({ viewport: { width: 195, height: 422 }, deviceScaleFactor: 2 })
  const form = await large.newPage()
  await form.goto(`${origin}/m/report?lang=en`)
  await screenshot(form, 'phone-form-english-200')
  expect(await overflow(form)).toBe(0)
  await large.close()
})
