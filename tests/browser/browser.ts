// Headless Chromium of the system, at the sizes of a phone and of an office desk.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export const phone = { width: 390, height: 844 }
export const desk = { width: 1440, height: 900 }

/** Screenshots are build output: looked at, never committed. */
const shots =
  process.env.XIANGTU_SCREENSHOTS ?? resolve(import.meta.dirname, '../../build/screenshots')

interface Options extends BrowserContextOptions {
  /** Host name that leads to 127.0.0.1. */
  host?: string
  /** Home of the browser, whose certificate store it trusts. */
  userHome?: string
}

/** Opens a browser with an empty profile; closing the context ends it. */
export async function open({ host, userHome, ...options }: Options): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'xiangtu-chromium-'))
  return chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      ...(host ? [`--host-resolver-rules=MAP ${host} 127.0.0.1`] : []),
    ],
    env: { ...process.env, ...(userHome ? { HOME: userHome } : {}) } as Record<string, string>,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    ...options,
  })
}

/** Keeps what the page looks like. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

/** What axe-core finds against WCAG 2.2 AA, in short; empty when all is well. */
export async function violations(page: Page): Promise<string[]> {
  const result = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return result.violations.map(
    (violation) =>
      `${violation.id}: ${violation.help} — ${violation.nodes.map((node) => node.target.join(' ')).join('; ')}`,
  )
}

/** Whether the page is wider than its window: nobody should have to scroll sideways. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
}

/** Collects whatever the page complains about: errors, and requests that leave the house. */
export function complaints(page: Page, origin: string): string[] {
  const found: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(message.text())
  })
  page.on('pageerror', (error) => found.push(String(error)))
  page.on('request', (request) => {
    const url = request.url()
    if (/^https?:/.test(url) && !url.startsWith(origin)) found.push(`left the house: ${url}`)
  })
  return found
}
