// A planner watches jobs and begins one; an official checks what a job found.
//
// Jobs and patches are rows put into the database: the pages are looked at here, not the engine.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { complaints, desk, open, overflow, phone, screenshot, violations } from './browser'
import { Program } from './program'

const running = '0198c0de-0000-7000-8000-000000000001'
const failed = '0198c0de-0000-7000-8000-000000000002'
const done = '0198c0de-0000-7000-8000-000000000003'

const recipe = `recipe: season-mosaic
title: { zh: 夏季无云影像, en: Summer mosaic without clouds }
area: "500999108201"
inputs:
  season:
    scenes: { from: 2024-06-01, to: 2024-09-30, sensors: [sentinel-2] }
steps:
  - name: clear
    composite: { of: season, method: median, bands: [red, nir] }
  - name: ndvi
    index: { of: clear, name: ndvi }
outputs:
  - layer: { of: ndvi, id: ndvi-summer }
`

let program: Program
let origin: string
beforeAll(async () => {
  program = await Program.start()
  origin = `http://127.0.0.1:${program.port}`
  program.sql(readFileSync(join(import.meta.dirname, 'jobs.sql'), 'utf8'))
})
afterAll(() => program.stop())

async function signIn(login: string, address: string, options = {}) {
  const context = await open({ viewport: desk, ...options })
  const page = await context.newPage()
  const wrong = complaints(page, origin)
  await page.goto(`${origin}/app/${address}`)
  await page.locator('input[name=username]').fill(program.account(login).login)
  await page.locator('input[name=password]').fill(program.account(login).password)
  await page.keyboard.press('Enter')
  // Before anybody is signed in, the app's question who it is is answered by 401.
  wrong.length = 0
  return { context, page, wrong }
}

test('a planner sees a job go on by itself, and what came of another', async () => {
  const { context, page, wrong } = await signIn('planner', 'jobs')
  await page.locator('[data-job]').nth(2).waitFor()
  await page.getByText('实时更新').waitFor()
  await screenshot(page, 'desk-jobs')
  expect(await violations(page)).toEqual([])
  const row = page.locator(`[data-job="${running}"]`)
  expect(await row.textContent()).toContain('52 / 147 块')
  await row.click()
  await page.getByRole('heading', { name: '日志' }).waitFor()
  program.sql(
    `update chunk set state = 'done', finished_at = now() where job_id = '${running}' and stage = 0 and position < 60`,
  )
  await page.locator(`[data-job="${running}"]`, { hasText: '60 / 147 块' }).waitFor()
  await page.getByText('完成 60，进行中 0，等待 84，失败 0').waitFor()
  await page.waitForTimeout(300)
  await screenshot(page, 'desk-job-running')
  expect(await violations(page)).toEqual([])

  await page.locator(`[data-job="${failed}"]`).click()
  await page.getByRole('button', { name: '重试' }).waitFor()
  await page.getByRole('heading', { name: '失败的块' }).waitFor()
  await screenshot(page, 'desk-job-failed')
  expect(await violations(page)).toEqual([])

  await page.locator(`[data-job="${done}"]`).click()
  await page.getByRole('link', { name: '看图斑台账' }).waitFor()
  await screenshot(page, 'desk-job-done')
  await page.getByRole('link', { name: '看图斑台账' }).click()
  await page.locator('[data-patch]').first().waitFor()
  expect(new URL(page.url()).search).toContain('ledger=farmland-change')
  await page.goBack()
  await page.getByRole('link', { name: '看图斑台账' }).waitFor()
  expect(new URL(page.url()).pathname).toBe(`/app/jobs/${done}`)
  expect(wrong).toEqual([])
  await context.close()
})

test('a job is stopped, continued and forgotten by keyboard', async () => {
  const { context, page, wrong } = await signIn('planner', `jobs/${running}`)
  const stop = page.getByRole('button', { name: '停止' })
  await stop.waitFor()
  // As if its leader had not been heard of: then it stops at once.
  program.sql(`update job set heartbeat_at = now() - interval '5 minutes' where id = '${running}'`)
  // Focus and key at once: what is told of the job meanwhile may draw the button anew.
  await stop.press('Enter')
  const go = page.getByRole('button', { name: '继续' })
  await go.waitFor()
  await go.press('Enter')
  await stop.waitFor()
  await page.locator(`[data-job="${running}"]`, { hasText: '排队中' }).waitFor()
  await stop.press('Enter')
  const forget = page.getByRole('button', { name: '删除记录' })
  await forget.waitFor()
  await forget.press('Enter')
  const sure = page.getByRole('button', { name: '确认删除' })
  await sure.waitFor()
  await page.keyboard.press('Enter')
  await page.locator(`[data-job="${running}"]`).waitFor({ state: 'detached' })
  expect(program.sql(`select count(*) from job where id = '${running}'`)).toBe('0')
  expect(wrong).toEqual([])
  await context.close()
})

test('a recipe is written, put right at the line that is named, foreseen, and sent', async () => {
  const { context, page } = await signIn('planner', 'jobs/new')
  await page.locator('input[name=recipe][value=own]').check()
  const field = page.locator('#recipe-text')
  await field.fill(recipe.replace('method: median', 'method: medium'))
  await page.locator('[data-action=estimate]').click()
  await page.getByRole('button', { name: '转到这一行' }).click()
  const line = await field.evaluate(
    (area: HTMLTextAreaElement) => area.value.slice(0, area.selectionStart).split('\n').length,
  )
  expect(line).toBe(9)
  await page.locator('#recipe-mistakes', { hasText: '是不是“median”' }).waitFor()
  await screenshot(page, 'desk-job-wrong')
  expect(await violations(page)).toEqual([])

  // What the engine would say: how a recipe becomes a job is tested where jobs are made.
  const foreseen = {
    pixels: 36_000_000,
    looks: 12,
    chunks: 144,
    bytes_read: 1.9e9,
    bytes_written: 1.4e8,
    memory_bytes: 6.2e8,
    seconds: 260,
  }
  await page.route('**/api/v1/jobs/estimate', (route) => route.fulfill({ json: foreseen }))
  const sent: string[] = []
  await page.route('**/api/v1/jobs', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    sent.push((route.request().postDataJSON() as { recipe: string }).recipe)
    const job = await context.request.get(`${origin}/api/v1/jobs/${failed}`)
    return route.fulfill({ status: 201, json: await job.json() })
  })
  await field.fill(recipe)
  const dates = page.locator('input[type=date]')
  await dates.first().fill('2025-06-01')
  await dates.first().blur()
  await page.locator('[data-action=estimate]').click()
  await page.getByRole('heading', { name: '估算' }).waitFor()
  await page.getByText('1.9 GB').waitFor()
  await screenshot(page, 'desk-job-estimate')
  expect(await violations(page)).toEqual([])
  await page.locator('[data-action=start]').click()
  await page.waitForURL(`**/app/jobs/${failed}`)
  expect(sent).toEqual([recipe.replace('from: 2024-06-01', 'from: 2025-06-01')])
  await context.close()
})

test('an official checks the patches of the village, and no others', async () => {
  const { context, page, wrong } = await signIn('daping', '?screen=patches')
  await page.locator('[data-patch]').first().waitFor()
  await page.locator('.controls').first().waitFor()
  await page.waitForTimeout(2500)
  await screenshot(page, 'desk-patches')
  expect(await violations(page)).toEqual([])
  const keys = await page
    .locator('[data-patch]')
    .evaluateAll((all) => all.map((row) => row.getAttribute('data-patch') ?? ''))
  expect(keys.length).toBe(14)
  expect(keys.every((key) => key.startsWith('m-'))).toBe(true)
  expect(await page.getByRole('link', { name: '任务', exact: true }).count()).toBe(0)

  await page.locator('[data-patch]').first().click()
  const largest = keys[0] ?? ''
  await page.getByRole('heading', { name: `图斑 ${largest}` }).waitFor()
  await page.locator('[data-action=check]').click()
  await page.getByText('请选择核查结果。').waitFor()
  await page.getByText('已核实：确有变化').click()
  await page.locator('textarea').fill('建了两间厂房')
  await page.waitForTimeout(1500)
  await screenshot(page, 'desk-patch')
  expect(await violations(page)).toEqual([])
  await page.locator('[data-action=check]').click()
  await page.getByText('已记录「已核实」').first().waitFor()
  expect(program.sql(`select state, note from patch_check where key = '${largest}'`)).toBe(
    'confirmed|建了两间厂房',
  )
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /待核查/ }).click()
  await page.locator(`[data-patch="${largest}"]`).waitFor({ state: 'detached' })
  expect(await page.locator('[data-patch]').count()).toBe(13)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: '下载台账 CSV' }).click()
  expect((await download).suggestedFilename()).toBe('farmland-change.csv')
  expect(wrong).toEqual([])
  await context.close()
})

for (const [name, options, language] of [
  ['phone', { viewport: phone, hasTouch: true, isMobile: true }, 'zh'],
  ['phone-english', { viewport: phone, locale: 'en-GB' }, 'en'],
  ['phone-200', { viewport: { width: 195, height: 422 }, deviceScaleFactor: 2 }, 'zh'],
  ['desk-english', { viewport: desk, locale: 'en-GB' }, 'en'],
  ['desk-dark', { viewport: desk, colorScheme: 'dark' }, 'zh'],
] as const) {
  test(`jobs and ledger: ${name}`, async () => {
    const { context, page, wrong } = await signIn('planner', 'jobs', options)
    for (const [what, address, ready] of [
      ['jobs', 'jobs', '[data-job]'],
      ['job', `jobs/${failed}`, '.failures'],
      ['new', 'jobs/new', 'input[name=recipe]'],
      ['patches', '?screen=patches', '[data-patch]'],
      ['patch', '?screen=patches&patch=m-14', '[data-action=check]'],
    ] as const) {
      if (what !== 'jobs') await page.goto(`${origin}/app/${address}`)
      await page.locator(ready).first().waitFor()
      if (what === 'new') await page.locator('input[name=recipe][value=own]').check()
      await page.waitForTimeout(what.startsWith('patch') ? 2000 : 500)
      await screenshot(page, `${name}-${what}`)
      expect(await overflow(page), what).toBe(0)
      expect(await violations(page), what).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.lang)).toContain(language)
    expect(wrong).toEqual([])
    await context.close()
  })
}
