import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launchBrowser, ticketOf } from './chromium.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'

export { launchBrowser }

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What the tests of one file share: there from their beginning to their end. */
export interface Stage<Name extends string> {
  readonly browser: Browser
  /** A folder for what they write. */
  readonly root: string
  readonly peers: Readonly<Record<Name, TestDaemon>>
  open(peer: Name, path?: string, options?: BrowserContextOptions): Promise<OpenPage>
}

/** Starts a browser and a daemon for each of these flags before the tests of a file, and ends all of it behind them. */
export function stage<Name extends string>(
  flags: Readonly<Record<Name, Readonly<Record<string, unknown>>>>,
): Stage<Name> {
  const peers = {} as Record<Name, TestDaemon>
  const built = { browser: undefined as Browser | undefined, root: '' }
  beforeAll(async () => {
    built.root = realpathSync(mkdtempSync(join(tmpdir(), 'peerage-web-')))
    built.browser = await launchBrowser()
    for (const name of Object.keys(flags) as Name[]) peers[name] = await startTestDaemon(flags[name])
  })
  afterAll(async () => {
    await built.browser?.close()
    for (const peer of Object.values<TestDaemon>(peers)) await peer.close()
    rmSync(built.root, { recursive: true, force: true })
  })
  return {
    get browser() {
      return built.browser!
    },
    get root() {
      return built.root
    },
    peers,
    open: (peer, path, options) => openPage(built.browser!, peers[peer], path, options),
  }
}

export interface OpenPage {
  readonly page: Page
  /** Errors on the console and requests to other places so far; `expectClean` looks at them. */
  readonly faults: string[]
}

/** A page of a daemon with its key, in a browser context of its own. */
export async function openPage(
  browser: Browser,
  { url, token }: Pick<TestDaemon, 'url' | 'token'>,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    locale: 'en',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  const page = await context.newPage()
  // As long as a test may take: on a busy machine everything waits.
  page.setDefaultTimeout(60_000)
  const faults: string[] = []
  page.on('console', message => message.type() === 'error' && faults.push(`console: ${message.text()}`))
  page.on('pageerror', error => faults.push(`thrown: ${error.message}`))
  page.on('request', request => {
    const target = new URL(request.url())
    if (target.origin !== url) faults.push(`request to ${request.url()}`)
  })
  await page.goto(`${url}${path}#ticket=${await ticketOf({ url, token })}`)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  return { page, faults }
}

/** Nothing on the console, no request to anywhere else. */
export function expectClean({ faults }: OpenPage): void {
  expect(faults).toEqual([])
}

/** Closes pages at the end of a test, all of them clean. */
export async function ended(...opened: readonly OpenPage[]): Promise<void> {
  for (const one of opened) {
    expectClean(one)
    await one.page.context().close()
  }
}

/** Nothing stands beside the screen. */
export async function expectFits({ page }: Pick<OpenPage, 'page'>): Promise<void> {
  expect(await widthBeside(page), page.url()).toBe(0)
}

/** How many pixels stand beside the screen; a phone would make the whole page smaller for them. */
export async function widthBeside(page: Page): Promise<number> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  return Math.max(0, width - page.viewportSize()!.width)
}

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 800 },
  hasTouch: true,
  isMobile: true,
}

/** No violation of WCAG 2.2 A and AA that axe finds, in both themes. */
export async function expectAccessible({ page }: OpenPage): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
    // By the debugger, which the policy of the page does not hold back.
    await page.evaluate(axe)
    const found = await page.evaluate(violationsOfAxe)
    expect(found, `${page.url()} ${colorScheme}`).toEqual([])
  }
}

/** Runs in the page. */
async function violationsOfAxe(): Promise<string[]> {
  interface Axe {
    run(
      options: object,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>
  }
  const { axe } = globalThis as unknown as { axe: Axe }
  const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  const { violations } = await axe.run({ runOnly: { type: 'tag', values } })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`),
  )
}

/** Writes docs/images/web/NAME.png when PEERAGE_SCREENSHOTS is set. */
export async function screenshot({ page }: OpenPage, name: string): Promise<void> {
  if (!process.env.PEERAGE_SCREENSHOTS) return
  const folder = join(import.meta.dirname, '../../docs/images/web')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
}

/** What Tab reaches on the page, in order, until it comes around; each as its name. Marks all of it for `missedByTab`. */
export async function reachedByTab({ page }: OpenPage, most = 2_000): Promise<readonly string[]> {
  await page.evaluate(() => {
    const names: string[] = []
    Object.assign(globalThis, { walked: names })
    addEventListener('focusin', ({ target }) => {
      if (!(target instanceof Element) || target.hasAttribute('data-walked')) return
      target.setAttribute('data-walked', '')
      names.push(
        `${target.tagName} ${target.getAttribute('aria-label') ?? target.textContent?.slice(0, 60) ?? ''}`,
      )
    })
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  const walked = (): Promise<string[]> =>
    page.evaluate(() => (globalThis as unknown as { walked: string[] }).walked)
  let names: string[] = []
  for (let steps = 0; steps < most; steps += stepsAtOnce) {
    for (let step = 0; step < stepsAtOnce; step++) await page.keyboard.press('Tab')
    const before = names.length
    names = await walked()
    // A round without anything new: it has come around.
    if (names.length === before) break
  }
  return names
}

const stepsAtOnce = 20

/**
 * Visible controls that Tab did not reach, but for what `others` selects: roving ones (tabs, rows, menus) may have one stop for all.
 * What an answer brought since is walked to first.
 */
export async function missedByTab({ page }: OpenPage, others = 'x-none'): Promise<readonly string[]> {
  let missed = await page.evaluate(notWalked, others)
  const stops = await page.evaluate(() => document.querySelectorAll('[data-walked]').length)
  for (let steps = 0; missed.length > 0 && steps < stops + missed.length; steps += stepsAtOnce) {
    for (let step = 0; step < stepsAtOnce; step++) await page.keyboard.press('Tab')
    missed = await page.evaluate(notWalked, others)
  }
  return missed
}

/** Runs in the page. */
function notWalked(others: string): string[] {
  return [
    ...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]'),
  ]
    .filter(
      one =>
        one.checkVisibility() &&
        !one.hasAttribute('data-walked') &&
        // A list of tabs hands focus to the tab that is shown.
        !one.matches(`:disabled, [tabindex="-1"], [role="tablist"], ${others}`),
    )
    .filter(one => !(one instanceof HTMLInputElement && one.type === 'radio'))
    .map(one => one.outerHTML.slice(0, 200))
}
