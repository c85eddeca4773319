import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Starter } from '../../bench/child.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { createLab, missingForLab } from './lab.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const port = 4001

let root = ''
let source = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peerage-relay-'))
  source = join(root, 'film.bin')
  await writeFile(source, randomBytes(3_000_000))
  await mkdir(join(root, 'into'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const start = (
  name: string,
  on: Starter,
  set: Record<string, string | boolean> = {},
): Promise<PeerageDaemon> =>
  startPeerage(join(root, name), {
    port,
    start: on,
    set: { 'network.mdns': false, 'bittorrent.enabled': false, 'invites.name': name, ...set },
  })

const idOf = async (peer: PeerageDaemon): Promise<string> =>
  ((await peer.call('identity.show')) as { peerId: string }).peerId

interface Relays {
  readonly used: readonly { readonly addresses: readonly string[] }[]
  readonly reachable: readonly { readonly contact?: string }[]
  readonly circuits: readonly object[]
  readonly bytes: number
}

const relaysOf = async (peer: PeerageDaemon): Promise<Relays> => (await peer.call('reach.relays')) as Relays

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await pause(50)
  }
}

test.skipIf(missing !== undefined)(
  `two peers behind routers share and get a file, and send one by a code, through a contact that relays${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 3, uplinkMbit: 200, rttMs: 20, internet: true })
    const [left, right] = [await lab.behind(0, 'symmetric'), await lab.behind(1, 'symmetric')]
    await using relay = await start('relay', command => lab.run(2, command), { 'relay.relayFor': 'contacts' })
    await using ann = await start('ann', command => left.run(command))
    await using bob = await start('bob', command => right.run(command))
    const at = `/ip4/${lab.addressOf(2)}/tcp/${port}/p2p/${await idOf(relay)}`
    for (const [name, peer] of [
      ['ann', ann],
      ['bob', bob],
    ] as const) {
      await relay.call('contacts.add', { peer: await idOf(peer), name })
      await peer.call('contacts.add', { peer: at, name: 'relay' })
    }
    // Peers keep in touch with their contacts, and this one says that it relays.
    await until(async () => (await relaysOf(ann)).used.length === 1)
    const reachable = await until(async () => {
      const rows = (await relaysOf(relay)).reachable
      return rows.length === 2 && rows
    })
    expect(reachable.map(({ contact }) => contact).sort()).toEqual(['ann', 'bob'])

    const shared = (await ann.call('files.share', { path: source, who: ['secret'] })) as { link: string }
    expect(shared.link).toContain('p2p-circuit')
    const began = performance.now()
    await bob.call('files.get', { link: shared.link, into: join(root, 'into') })
    const took = performance.now() - began
    expect((await readFile(join(root, 'into/film.bin'))).equals(await readFile(source))).toBe(true)
    expect((await relaysOf(relay)).bytes).toBeGreaterThan(3_000_000)
    expect(took).toBeLessThan(5_000)

    const other = join(root, 'song.bin')
    await writeFile(other, randomBytes(2_000_000))
    const sending = ann.stream('invites.send', { paths: [other] })[Symbol.asyncIterator]()
    const code = await until(async () => {
      const { value } = await sending.next()
      return value.phase === 'waiting' && (value.code as string)
    })
    const received = await bob.call('invites.receive', {
      invite: [code],
      yes: true,
      into: join(root, 'into'),
      timeout: 20,
    })
    expect(received).toMatchObject({ phase: 'received' })
    expect((await readFile(join(root, 'into/song.bin'))).equals(await readFile(other))).toBe(true)
    await sending.return?.()

    // Who is no contact any more is relayed for no more.
    await relay.call('contacts.block', { who: 'ann' })
    await until(async () => (await relaysOf(relay)).reachable.length === 1)
    await until(async () => (await relaysOf(ann)).used.length === 0)
  },
)
