import fs from 'node:fs'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { kinds } from '../../web/src/api/operations.generated.ts'
import { ask } from './daemon.ts'
import { phone, stage, widthBeside } from './page.ts'

const set = stage({ anna: { 'invites.name': 'Anna Hill', 'daemon.logLevel': 'info' } })

/** Markup that would run, what turns reading around, emoji, and more than any line has room for. */
const harm =
  '<img src=x onerror="globalThis.hit = 1">"><svg onload="globalThis.hit = 1"></title>\u202Efdp.\u2066exe\u200B👩‍👩‍👧 ' +
  'a'.repeat(5_000)

/** What the program itself says: settings and operations in its own words, and pieces as letters of a code. */
const ownWords: ReadonlySet<string> = new Set([
  'config.get',
  'config.list',
  'daemon.operations',
  'files.pieces',
])

/** Ids, links, addresses, hashes, keys of settings and words of the protocol: what a page goes on with, and never a name. */
const machineText =
  /^(|[a-z][\w-]*(\.[\w-]+)*|[a-z][\w.+-]*:[^ ]*|[0-9a-f]+|(12D3Koo|16Uiu2|Qm|bafy|bafk|k51)\w+|\/(ip4|ip6|dns)[^ ]*|[\d.:-]+)$/

interface Poison {
  readonly harm: string
  readonly machineText: RegExp
  /** Which fields it is in so far. */
  readonly fields: Set<string>
}

/** An answer of the daemon in which everything that anybody could have named means harm. Runs in the page, too. */
function harmful(value: unknown, path: string, poison: Poison): unknown {
  const { harm, machineText, fields } = poison
  if (typeof value === 'string') {
    if (machineText.test(value)) return value
    fields.add(path)
    return value + harm
  }
  if (Array.isArray(value)) return value.map(one => harmful(one, path, poison))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, harmful(one, `${path} ${name}`, poison)]),
  )
}

/** Runs in the page before it: each line of a stream means harm as it comes, however long the stream goes on. */
function poisonStreams(given: { harm: string; machineText: string }, harmfulThere: typeof harmful): void {
  const poison = { harm: given.harm, machineText: new RegExp(given.machineText), fields: new Set<string>() }
  const honest = globalThis.fetch
  const poisoned: typeof fetch = async (...asked) => {
    const response = await honest(...asked)
    const [, service, operation] = /\/api\/(\w+)\/(\w+)$/.exec(String(asked[0])) ?? []
    if (operation === undefined || !response.headers.get('content-type')?.includes('ndjson')) return response
    let rest = ''
    const lines = new TransformStream<string, string>({
      transform(chunk, to) {
        const all = (rest + chunk).split('\n')
        rest = all.pop() ?? ''
        for (const line of all)
          to.enqueue(`${JSON.stringify(harmfulThere(JSON.parse(line), `${service}.${operation}`, poison))}\n`)
      },
    })
    const body = response
      .body!.pipeThrough(new TextDecoderStream())
      .pipeThrough(lines)
      .pipeThrough(new TextEncoderStream())
    return new Response(body, response)
  }
  Object.assign(globalThis, { fetch: poisoned, poisonedFields: poison.fields })
}

/** The fields of streams that meant harm on this page. */
function poisonedFields(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => [...(globalThis as unknown as { poisonedFields: Set<string> }).poisonedFields])
}

/** All operations that answer once, so that what is new in an answer means harm as soon as it is there. */
function isAnswered(service: string, operation: string): boolean {
  const all: Readonly<Record<string, Readonly<Record<string, string>>>> = kinds
  return all[service]?.[operation] === 'value' && !ownWords.has(`${service}.${operation}`)
}

/** Poisons what the page gets from now on; the function that comes back waits until all that it asked for is shown. */
async function poison(page: Page, fields: Set<string>): Promise<() => Promise<void>> {
  const poisoned: Poison = { harm, machineText, fields }
  const given = JSON.stringify({ harm, machineText: machineText.source })
  await page.addInitScript(`(${poisonStreams})(${given}, ${harmful})`)
  await page.routeWebSocket('**/api/events*', socket => {
    const daemon = socket.connectToServer()
    daemon.onMessage(text =>
      socket.send(JSON.stringify(harmful(JSON.parse(String(text)), 'event', poisoned))),
    )
  })
  let asked = 0
  await page.route('**/api/*/*', async (route: Route) => {
    const [, service, operation] = /\/api\/(\w+)\/(\w+)$/.exec(route.request().url()) ?? []
    if (service === undefined || operation === undefined || !isAnswered(service, operation))
      return route.continue()
    asked++
    try {
      const response = await route.fetch()
      const json = response.ok() && harmful(await response.json(), `${service}.${operation}`, poisoned)
      await route.fulfill(json === false ? { response } : { response, json })
    } catch (error) {
      // The page was left in the middle.
      if (!page.isClosed()) await route.abort().catch(() => undefined)
      else throw error
    } finally {
      asked--
    }
  })
  return async () => {
    for (let quiet = 0; quiet < 3; quiet = asked === 0 ? quiet + 1 : 0)
      await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
}

/** Runs in the page: what shows characters that hide or turn others around, as text or to who hears the page. */
function turnedAround(): string[] {
  const bad = /[\u200b\u202a-\u202e\u2066-\u2069]/
  const found: string[] = []
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ALL)
  for (let node: Node | null = walker.currentNode; node !== null; node = walker.nextNode()) {
    const where = (node instanceof Element ? node : node.parentElement)?.outerHTML.slice(0, 160) ?? ''
    if (node instanceof Text && bad.test(node.data)) found.push(where)
    if (node instanceof Element)
      for (const { name, value } of node.attributes)
        if (['title', 'alt', 'placeholder'].includes(name) || name.startsWith('aria-'))
          if (bad.test(value)) found.push(`${name}: ${where}`)
  }
  return found
}

/** Runs in the page: the innermost that reaches beside the screen without being scrolled or cut. */
function widest(): string {
  const isCut = (one: Element): boolean =>
    one !== document.documentElement && getComputedStyle(one).overflowX !== 'visible'
  const beside = [...document.querySelectorAll('main *')].filter(one => {
    for (let above = one.parentElement; above !== null; above = above.parentElement)
      if (isCut(above)) return false
    return one.getBoundingClientRect().right > screen.width
  })
  return beside.at(-1)?.outerHTML.slice(0, 300) ?? ''
}

/** The CID of a few words that stand in it, so that nobody is asked for them. */
const inItself = 'bafkqaddwgevxmmraojswg33smq'

/** Pages whose content comes in a stream, which has no end to wait for. */
function isStreamed(path: string): boolean {
  return /^\/(transfers$|get|logs)/.test(path)
}

/** What must have been among what was shown. A field that is new is poisoned without standing here. */
const expected = [
  'access.list title',
  'access.list who',
  'access.show title',
  'circles.list name',
  'circles.show name',
  'circles.show people name',
  'contacts.list name',
  'contacts.show name',
  'contacts.show note',
  'files.list name',
  'files.library rows path',
  'files.files path',
  'invites.list petname',
  'pins.pins name',
  'setup.show name',
  // Streams, and events.
  'files.watch value rows name',
  'files.preview value name',
  'files.preview value files path',
  'logs.follow value message',
  'event name',
]

test('whatever an answer calls something, it is text that fits on a phone', {
  timeout: 240_000,
}, async () => {
  const { anna } = set.peers
  const { peerId } = identityFromSeed(new Uint8Array(32).fill(7))
  await ask(anna, 'contacts.add', { peer: peerId, name: 'Ben Dale', note: 'Met at the lake' })
  const circle = await ask<{ id: string }>(anna, 'circles.create', { name: 'The Family' })
  await ask(anna, 'circles.add', { circle: circle.id, who: [peerId], role: 'member' })
  const folder = join(set.root, 'Summer Trip')
  fs.mkdirSync(folder)
  for (const name of ['Day One.txt', 'Song A.ogg']) fs.writeFileSync(join(folder, name), name)
  const who = [`peer:${peerId}`, `circle:${circle.id}`]
  const { result } = await ask<{ result: { infoHash: string; link: string } }>(anna, 'files.share', {
    path: folder,
    who,
  })
  const { infoHash, link } = result
  await ask(anna, 'pins.pin', { cid: inItself, name: 'Old Site' })
  const left = new AbortController()
  const inviting = anna.daemon.call(
    'invites.invite',
    { name: 'Carl Moor', wait: true },
    { signal: left.signal },
  ) as AsyncIterable<{ phase: string }>
  for await (const { phase } of inviting) if (phase === 'ready') break

  const { page } = await set.open('anna', '/about', { ...phone, colorScheme: 'dark' })
  const fields = new Set<string>()
  const settled = await poison(page, fields)
  const paths = [
    '/',
    '/transfers',
    `/transfers/${infoHash}`,
    '/library',
    ...['contacts', 'circles', 'invites', 'permissions', 'devices', 'audit'].map(part => `/people/${part}`),
    `/people/contacts/${peerId}`,
    `/people/circles/${circle.id}`,
    `/people/permissions/content:${infoHash}`,
    '/share',
    `/get?link=${encodeURIComponent(link)}`,
    '/network',
    ...['kept', 'names', 'gateway'].map(part => `/ipfs/${part}`),
    `/ipfs?link=${inItself}`,
    '/settings',
    '/logs',
    '/welcome',
  ]
  const problems: string[] = []
  for (const path of paths) {
    await page.goto(anna.url + path)
    await page.getByRole('main').getByRole('heading').first().waitFor()
    await settled()
    if (path.startsWith('/transfers/'))
      for (const tab of await page.getByRole('region', { name: 'Details' }).getByRole('tab').all()) {
        await tab.focus()
        await settled()
        problems.push(...(await page.evaluate(turnedAround)).map(one => `${path} ${one}`))
      }
    if (path === '/transfers') {
      const late = join(set.root, 'Late Guest.txt')
      fs.writeFileSync(late, 'late')
      await ask(anna, 'files.share', { path: late })
      await expect.poll(() => fields.has('event name'), { timeout: 60_000 }).toBe(true)
    }
    if (isStreamed(path)) await page.getByText('globalThis.hit').first().waitFor()
    problems.push(...(await page.evaluate(turnedAround)).map(one => `${path} ${one}`))
    for (const field of await poisonedFields(page)) fields.add(field)
    const beside = await widthBeside(page)
    if (beside > 0) problems.push(`${path} is ${beside} pixels too wide: ${await page.evaluate(widest)}`)
    if (await page.evaluate(() => 'hit' in globalThis)) problems.push(`${path} ran it`)
  }
  left.abort()
  expect([...new Set(problems)]).toEqual([])
  expect(expected.filter(one => !fields.has(one))).toEqual([])
  await page.context().close()
})
