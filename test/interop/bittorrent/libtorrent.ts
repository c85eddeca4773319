import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { follow, type Starter, startHere } from '../../../bench/child.ts'
import { missingLibtorrent, python } from '../../../bench/opponents/libtorrent.ts'
import { type BitTorrentPeer, type PeerOptions, type Place, type Program, patienceMs } from './peer.ts'

const driver = join(import.meta.dirname, 'libtorrent-peer.py')
const pollMs = 50

/** What `libtorrent-peer.py` says of its session and torrent. */
export interface LibtorrentStatus {
  readonly done: boolean
  readonly seeding: boolean
  readonly state: string
  readonly progress: number
  readonly peers: readonly LibtorrentConnection[]
  readonly uploaded: number
  readonly downloaded: number
  readonly error: string
  readonly dhtNodes: number
  readonly log: readonly string[]
}

export interface LibtorrentConnection {
  readonly address: string
  readonly port: number
  readonly client: string
  readonly pex: boolean
  readonly lsd: boolean
  readonly dht: boolean
  readonly tracker: boolean
  readonly utp: boolean
  readonly rc4: boolean
  readonly handshake: boolean
}

export interface LibtorrentPeer extends BitTorrentPeer {
  readonly pid: number
  /** One command of the driver. Rejects with what libtorrent throws. */
  ask(verb: string, input?: object): Promise<unknown>
  status(): Promise<LibtorrentStatus>
  /** Has the metadata, wants no byte and stays connected: somebody to be told about others by. */
  idle(torrent: string, folder: string, peers: readonly string[]): Promise<void>
}

export interface LibtorrentProgram extends Program {
  start(place: Place, options: PeerOptions): Promise<LibtorrentPeer>
}

/** Debian's libtorrent 2.0. */
export const libtorrent: LibtorrentProgram = {
  name: 'libtorrent',
  versions: ['v1', 'v2', 'hybrid'],
  missing: missingLibtorrent,
  start: (place, options) =>
    startLibtorrent(place.address, settingsOf(place, options), command =>
      place.lab.run(place.host, command, { cwd: place.home }),
    ),
}

/** Starts one with these settings of libtorrent itself. */
export async function startLibtorrent(
  address: string,
  settings: object,
  start: Starter = startHere,
): Promise<LibtorrentPeer> {
  const child = follow([python, driver, JSON.stringify(settings)], start)
  let last: Promise<unknown> = Promise.resolve()
  const ask = (verb: string, input: object = {}): Promise<unknown> => {
    const answer = last.then(async () => {
      child.say(JSON.stringify({ verb, ...input }))
      const reply = JSON.parse(await child.line())
      if (reply.failed !== undefined) throw new Error(`libtorrent, ${verb}: ${reply.failed}`)
      return reply
    })
    last = answer.catch(() => {})
    return answer
  }
  const status = async (): Promise<LibtorrentStatus> => (await ask('status')) as LibtorrentStatus
  const until = async (holds: (status: LibtorrentStatus) => boolean): Promise<void> => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const now = await status()
      if (now.error !== '') throw new Error(`libtorrent: ${now.error}`)
      if (holds(now)) return
      if (performance.now() > deadline)
        throw new Error(`libtorrent is not done: ${JSON.stringify(now, null, 1)}`)
      await pause(pollMs)
    }
  }
  const { port } = (await ask('port')) as { port: number }
  return {
    pid: child.pid,
    endpoint: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ask,
    status,
    async seed(torrent, folder) {
      await ask('add', { torrent, folder, seed: true })
      await until(({ seeding }) => seeding)
    },
    async fetch(source, folder) {
      await ask('add', { ...source, folder })
      await until(({ seeding }) => seeding)
    },
    async idle(torrent, folder, peers) {
      await ask('add', { torrent, folder, peers, idle: true })
    },
    log: async () => JSON.stringify(await status(), null, 1),
    [Symbol.asyncDispose]: () => child.kill('SIGKILL'),
  }
}

function settingsOf({ address }: Place, options: PeerOptions): object {
  const { encrypted, utpOnly, lsd, dht } = options
  const host = address.includes(':') ? `[${address}]` : address
  return {
    listen_interfaces: `${host}:6881`,
    ...(encrypted === true && { in_enc_policy: 0, out_enc_policy: 0, allowed_enc_level: 2 }),
    ...(encrypted === false && { in_enc_policy: 2, out_enc_policy: 2 }),
    ...(utpOnly && { enable_outgoing_tcp: false, enable_incoming_tcp: false }),
    ...(lsd && { enable_lsd: true }),
    ...(dht && { enable_dht: true, dht_bootstrap_nodes: dht.join(',') }),
    close_redundant_connections: false,
  }
}
