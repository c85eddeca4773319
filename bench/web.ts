import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, ticketOf } from '../test/browser/chromium.ts'
import { type Child, follow } from './child.ts'
import { usageOf } from './process-usage.ts'
import type { Figures, Scenario } from './scenario.ts'
import { makeWorkFolder } from './test-data.ts'

const node = join(import.meta.dirname, 'web-daemon.ts')
const build = join(import.meta.dirname, '../scripts/build-web.ts')

/** What a person sees of the page, and what it costs the daemon. */
export const web: Scenario = {
  name: 'web',
  summary:
    'the page of transfers in Chromium: until it is there, and live with 5,000 that change every second',
  opponents: [],
  async prepare(options) {
    const count = options.size ?? (options.smoke ? 100 : 5000)
    const watchMs = options.smoke ? 1000 : 10_000
    execFileSync(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] })
    const browser = await launchBrowser()
    const work = await makeWorkFolder()
    return {
      systems: ['peerage'],
      async measure() {
        await using child = follow([process.execPath, node, await work.folder('home'), String(count)])
        const place = JSON.parse(await child.line()) as Place
        await (await loaded(browser, place)).page.context().close()
        const { page, figures } = await loaded(browser, place)
        const seen = await live(page, child, watchMs)
        await page.context().close()
        return { ...figures, ...seen }
      },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        const goal = (figure: string, what: string, limit: number, atLeast = false) => ({
          ...{ what, limit, atLeast },
          value: mine[figure] ?? Number.NaN,
        })
        return [
          goal('ready s', 'seconds from navigation to the first rows', 1),
          goal('script KB', 'KB of script, gzip', 200),
          goal('frames/s', 'frames a second', 50, true),
          goal('daemon CPU %', 'percent of a core, daemon', 15),
        ]
      },
      async [Symbol.asyncDispose]() {
        await browser.close()
        await work[Symbol.asyncDispose]()
      },
    }
  },
}

interface Place {
  readonly url: string
  readonly token: string
}

interface Loaded {
  readonly page: Page
  readonly figures: Figures
}

/** Opens the page of transfers with nothing in its cache. */
async function loaded(browser: Browser, place: Place): Promise<Loaded> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const scripts: Promise<Buffer>[] = []
  page.on('response', response => {
    if (response.request().resourceType() === 'script') scripts.push(response.body())
  })
  await page.addInitScript(noteWhenReady)
  await page.goto(`${place.url}/transfers#ticket=${await ticketOf(place)}`)
  const ready = await page.waitForFunction(() => (globalThis as { readyAt?: number }).readyAt)
  const bytes = (await Promise.all(scripts)).map(script => gzipSync(script, { level: 9 }).length)
  const figures = {
    'ready s': Number(await ready.jsonValue()) / 1000,
    'script KB': bytes.reduce((sum, one) => sum + one, 0) / 1000,
  }
  return { page, figures }
}

/** Runs in the page: notes when the frame after the first one with rows begins, so that these are painted. */
function noteWhenReady(): void {
  const look = (): void => {
    if (document.querySelector('[role=row][data-index]') === null) requestAnimationFrame(look)
    else requestAnimationFrame(() => Object.assign(globalThis, { readyAt: performance.now() }))
  }
  look()
}

async function live(page: Page, { pid }: Child, ms: number): Promise<Figures> {
  await pause(ms / 5)
  const before = usageOf(pid)
  const began = performance.now()
  const { frames, slowest } = await page.evaluate(framesFor, ms)
  const seconds = (performance.now() - began) / 1000
  const used = usageOf(pid).cpuSeconds - before.cpuSeconds
  return { 'frames/s': frames, 'slowest frame ms': slowest, 'daemon CPU %': (used * 100) / seconds }
}

/** Runs in the page. */
function framesFor(ms: number): Promise<{ frames: number; slowest: number }> {
  return new Promise(resolve => {
    const began = performance.now()
    let count = 0
    let last = began
    let slowest = 0
    const frame = (now: number): void => {
      count++
      slowest = Math.max(slowest, now - last)
      last = now
      if (now - began < ms) requestAnimationFrame(frame)
      else resolve({ frames: (count * 1000) / (now - began), slowest })
    }
    requestAnimationFrame(frame)
  })
}
