import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeFactory } from '../../test/peer/fake-peer.ts'
import { type Daemon, startDaemon } from './index.ts'
import { type PageAddress, PageTickets, pageTicketLimits } from './page-tickets.ts'

const ticketOf = ({ url }: PageAddress): string => new URL(url).hash.slice('#ticket='.length)

function ticketsAt(): { tickets: PageTickets; clock: { now: number } } {
  const clock = { now: 1000 }
  return { tickets: new PageTickets(() => clock.now), clock }
}

test('a ticket is good once', () => {
  const { tickets } = ticketsAt()
  const address = tickets.give('http://127.0.0.1:1')
  expect(address).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/#ticket=[0-9a-f]{36}$/),
    expiresAt: 1000 + pageTicketLimits.validMs,
  })
  expect(tickets.redeem(ticketOf(address))).toBe(true)
  expect(tickets.redeem(ticketOf(address))).toBe(false)
})

test('a ticket that is too old is worth nothing', () => {
  const { tickets, clock } = ticketsAt()
  const [early, late] = [tickets.give('x:'), tickets.give('x:')].map(ticketOf)
  clock.now += pageTicketLimits.validMs - 1
  expect(tickets.redeem(early!)).toBe(true)
  clock.now += 1
  expect(tickets.redeem(late!)).toBe(false)
})

test('only so many are out at one time', () => {
  const { tickets } = ticketsAt()
  const given = Array.from({ length: pageTicketLimits.tickets + 1 }, () => ticketOf(tickets.give('x:')))
  expect(given.map(one => tickets.redeem(one))).toEqual([false, ...given.slice(1).map(() => true)])
})

test('whoever guesses ends all that are out, and not the next one', () => {
  const { tickets } = ticketsAt()
  const out = ticketOf(tickets.give('x:'))
  for (let i = 1; i < pageTicketLimits.wrongTries; i++) tickets.redeem('ab'.repeat(18))
  const still = ticketOf(tickets.give('x:'))
  expect(tickets.redeem(still)).toBe(true)
  for (let i = 0; i < pageTicketLimits.wrongTries; i++) tickets.redeem('ab'.repeat(18))
  expect(tickets.redeem(out)).toBe(false)
  expect(tickets.redeem(ticketOf(tickets.give('x:')))).toBe(true)
})

let home: string
let daemon: Daemon
const { signal } = new AbortController()

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-tickets-'))
  daemon = await startDaemon({
    home,
    environment: {},
    flags: { 'daemon.apiPort': 0 },
    sections: {},
    createPeer: fakeFactory(),
  })
})

afterAll(async () => {
  await daemon.stop()
  await rm(home, { recursive: true, force: true })
})

const giveOne = async (): Promise<PageAddress> =>
  (await daemon.call('daemon.open', {}, { signal })) as PageAddress

/** Status and text of an exchange. */
async function exchange(
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly [number, string]> {
  const response = await fetch(`${daemon.info?.url}/api/ticket`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return [response.status, await response.text()]
}

test('`daemon.open` gives an address whose ticket gives the key, once', async () => {
  const address = await giveOne()
  expect(address.url.startsWith(`${daemon.info?.url}/#ticket=`)).toBe(true)
  expect(address.url).not.toContain(daemon.token)
  const body = JSON.stringify({ ticket: ticketOf(address) })
  expect(await exchange(body)).toEqual([200, JSON.stringify({ token: daemon.token })])
  const [status, text] = await exchange(body)
  expect(status).toBe(401)
  expect(text).not.toContain(daemon.token)
})

test('a page of somebody else gets nothing, and uses nothing up', async () => {
  const body = JSON.stringify({ ticket: ticketOf(await giveOne()) })
  const wrong = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]
  for (const headers of wrong) expect((await exchange(body, headers))[0]).toBe(403)
  expect((await exchange(body, { 'content-type': 'text/plain' }))[0]).toBe(400)
  expect((await fetch(`${daemon.info?.url}/api/ticket`)).status).toBe(404)
  expect((await exchange(body))[0]).toBe(200)
})

test.each(['', '{}', '[]', '{"ticket":1}', `{"ticket":"${'a'.repeat(65)}"}`, '{"ticket":""}'])(
  '%s is refused',
  async body => {
    expect((await exchange(body))[0]).toBe(401)
  },
)

test('no ticket comes into the log', async () => {
  const { url } = await giveOne()
  daemon.log.info({ url }, `opened ${url}`)
  const text = await readFile(join(home, 'log', 'peerage.log'), 'utf8')
  expect(text).toContain('#ticket=***')
  expect(text).not.toContain(url)
})
