// Over TLS under a host name everything works; over plain HTTP the pages say what is off.
// The name leads to 127.0.0.1 by the browser's own resolver rules.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { desk, open, phone, screenshot } from './browser'
import { Program } from './program'

const host = 'xiangtu.test'

/** A home of a browser whose certificate store trusts the root that the server offers. */
async function trusting(program: Program): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'xiangtu-trust-'))
  const store = join(home, '.pki/nssdb')
  mkdirSync(store, { recursive: true })
  const authority = join(home, 'root.crt')
  // The page that hands out the root is the one thing that is fetched before it is trusted.
  const root = execFileSync('curl', [
    '--silent',
    '--insecure',
    '--resolve',
    `${host}:${program.port}:127.0.0.1`,
    `https://${host}:${program.port}/install-root/xiangtu-root.crt`,
  ])
  writeFileSync(authority, root)
  execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password'])
  execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'xiangtu', '-i', authority])
  return home
}

test('over TLS with the local authority a phone has its position and an official signs in', async () => {
  const program = await Program.start(['--lan', '--name', host])
  try {
    const origin = `https://${host}:${program.port}`
    const userHome = await trusting(program)
    const context = await open({
      host,
      userHome,
      viewport: phone,
      geolocation: { longitude: 108.4, latitude: 31.2, accuracy: 20 },
      permissions: ['geolocation'],
    })
    const page = await context.newPage()
    const answer = await page.goto(`${origin}/m/report`)
    expect(answer?.status()).toBe(200)
    expect(await page.evaluate(() => window.isSecureContext)).toBe(true)
    await page.getByRole('button', { name: '用我现在的位置' }).click()
    await page.getByText(/误差/).first().waitFor()
    await page.goto(`${origin}/install-root`)
    await screenshot(page, 'phone-install-root')
    await page.goto(`${origin}/app/`)
    await page.locator('input[name=username]').fill(program.account('daping').login)
    await page.locator('input[name=password]').fill(program.account('daping').password)
    await page.keyboard.press('Enter')
    await page.locator('[data-report]').first().waitFor()
    const cookies = await context.cookies(origin)
    const session = cookies.find((cookie) => cookie.name === '__Host-xiangtu')
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' })
    await context.close()
  } finally {
    await program.stop()
  }
})

test('over plain HTTP under a name the pages say what is off', async () => {
  const program = await Program.start()
  try {
    const origin = `http://${host}:${program.port}`
    const context = await open({ host, viewport: phone })
    const page = await context.newPage()
    await page.goto(`${origin}/m/report`)
    await page.getByText('这个网址没有加密').first().waitFor()
    await screenshot(page, 'phone-plain-http')
    await page.setViewportSize(desk)
    await page.goto(`${origin}/app/`)
    await page.locator('input[name=username]').fill(program.account('daping').login)
    await page.locator('input[name=password]').fill(program.account('daping').password)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').first().waitFor()
    expect(await page.getByRole('alert').first().textContent()).toMatch(/加密|HTTPS|https/)
    const names = (await context.cookies(origin)).map((cookie) => cookie.name)
    expect(names.filter((name) => name.includes('xiangtu'))).toEqual([])
    await screenshot(page, 'desk-plain-http')
    await context.close()
  } finally {
    await program.stop()
  }
})
