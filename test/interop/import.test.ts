import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Child, follow } from '../../bench/child.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import type { FileRow, ImportedTorrent, TransferSnapshot } from '../../src/services/files/index.ts'
import { startLibtorrent } from './bittorrent/libtorrent.ts'
import { runLibtorrent } from './libtorrent.ts'

const rpcPort = 29_091
const webPort = 28_081
const patienceMs = 60_000

let root: string

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-import-')))
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

interface Case {
  readonly name: string
  readonly torrent: string
  /** Where the files are. */
  readonly folder: string
}

/** Content in a folder of its own, and a v1 torrent of it as most are. */
function make(name: string, files: Readonly<Record<string, number>>): Case {
  const folder = join(root, `data of ${name}`)
  for (const [path, size] of Object.entries(files)) {
    const full = join(folder, name, path)
    fs.mkdirSync(full.slice(0, full.lastIndexOf('/')), { recursive: true })
    fs.writeFileSync(full, randomBytes(size))
  }
  const [made] = runLibtorrent([
    { path: join(folder, name), pieceLength: 65_536, v2Only: false, v1Only: true, links: [] },
  ])
  const torrent = join(root, `${name}.torrent`)
  fs.writeFileSync(torrent, Buffer.from(made!.torrent, 'base64'))
  return { name, torrent, folder }
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`)
    await pause(100)
  }
}

async function end(child: Child): Promise<void> {
  process.kill(child.pid, 'SIGTERM')
  await child.ended
}

const alone = {
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'bittorrent.trackers': false,
}

async function imported(daemon: PeerageDaemon, input: object): Promise<Map<string, ImportedTorrent>> {
  const out = new Map<string, ImportedTorrent>()
  for await (const one of daemon.stream('files.import', input)) {
    const { name, label } = one as ImportedTorrent
    out.set(name ?? label, one as ImportedTorrent)
  }
  return out
}

async function listed(daemon: PeerageDaemon): Promise<Map<string, TransferSnapshot>> {
  const list = (await daemon.call('files.list')) as TransferSnapshot[]
  return new Map(list.map(one => [one.name, one]))
}

/** libtorrent fetches all of it from the daemon, and gets what is in the folder. */
async function expectSeeds(daemon: PeerageDaemon, { torrent, folder, name }: Case): Promise<void> {
  const into = fs.mkdtempSync(join(root, 'fetched-'))
  const { addresses } = (await daemon.call('daemon.status')) as { addresses: string[] }
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1]
  const peer = await startLibtorrent('127.0.0.1', { listen_interfaces: '127.0.0.1:0' })
  try {
    await peer.fetch({ torrent, peers: [`127.0.0.1:${port}`] }, into)
    for (const entry of fs.readdirSync(join(into, name), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const below = join(entry.parentPath, entry.name).slice(into.length)
      const original = join(folder, below)
      if (fs.existsSync(original))
        expect(fs.readFileSync(join(into, below)).equals(fs.readFileSync(original)), below).toBe(true)
    }
  } finally {
    await peer[Symbol.asyncDispose]()
  }
}

describe('qBittorrent', () => {
  const api = `http://127.0.0.1:${webPort}/api/v2`

  async function start(profile: string, legacy: boolean): Promise<Child> {
    const config = join(profile, 'qBittorrent/config')
    fs.mkdirSync(config, { recursive: true })
    const lines = [
      '[LegalNotice]',
      'Accepted=true',
      '[BitTorrent]',
      'Session\\DHTEnabled=false',
      'Session\\LSDEnabled=false',
      'Session\\PeXEnabled=false',
      'Session\\Interface=lo',
      'Session\\InterfaceName=lo',
      `Session\\ResumeDataStorageType=${legacy ? 'Legacy' : 'SQLite'}`,
      '[Preferences]',
      'WebUI\\LocalHostAuth=false',
      'WebUI\\Address=127.0.0.1',
      'Bittorrent\\AddTrackers=false',
    ]
    fs.writeFileSync(join(config, 'qBittorrent.conf'), lines.join('\n'))
    const child = follow(['qbittorrent-nox', `--profile=${profile}`, `--webui-port=${webPort}`])
    const answers = async (): Promise<boolean> =>
      (await fetch(`${api}/app/version`).catch(() => undefined))?.ok === true
    await until(answers, 'qBittorrent answers')
    return child
  }

  async function ask(path: string, fields: Readonly<Record<string, string>>, file?: string): Promise<void> {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    if (file !== undefined) body.set('torrents', new Blob([fs.readFileSync(file)]), 'a.torrent')
    const answer = await fetch(`${api}/torrents/${path}`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }

  interface Row {
    readonly hash: string
    readonly name: string
    readonly progress: number
    readonly state: string
  }

  const rows = async (): Promise<Row[]> => (await (await fetch(`${api}/torrents/info`)).json()) as Row[]

  test.each([
    ['files', true],
    ['SQLite', false],
  ])('torrents in its %s are taken over, and seeded to libtorrent', async (_, legacy) => {
    const whole = make('whole', { a: 300_001, 'sub/b': 70_000, c: 5 })
    const renamed = make('renamed', { one: 200_000, two: 100_000 })
    const partial = make('partial', { first: 400_000, second: 400_000, third: 100_000 })
    const gone = make('gone', { x: 150_000 })
    // A third of the second file is there, and nothing of the third.
    fs.truncateSync(join(partial.folder, 'partial/second'), 130_000)
    fs.rmSync(join(partial.folder, 'partial/third'))
    const profile = join(root, 'profile')
    const child = await start(profile, legacy)
    for (const { torrent, folder } of [whole, renamed, partial, gone])
      await ask('add', { savepath: folder, autoTMM: 'false' }, torrent)
    await until(async () => {
      const all = await rows()
      return all.length === 4 && all.every(({ state }) => !/check|queued|meta/i.test(state))
    }, 'qBittorrent has checked everything')
    const hashes = new Map((await rows()).map(({ name, hash }) => [name, hash]))
    await ask('renameFile', { hash: hashes.get('renamed')!, oldPath: 'renamed/one', newPath: 'renamed/eins' })
    await ask('renameFolder', { hash: hashes.get('whole')!, oldPath: 'whole', newPath: 'ganz' })
    await ask('setShareLimits', {
      hashes: hashes.get('whole')!,
      ratioLimit: '2.5',
      seedingTimeLimit: '90',
      inactiveSeedingTimeLimit: '-2',
    })
    await ask('setUploadLimit', { hashes: hashes.get('renamed')!, limit: '5000000' })
    await ask('filePrio', { hash: hashes.get('partial')!, id: '2', priority: '0' })
    await ask('pause', { hashes: hashes.get('renamed')! })
    await pause(1500)
    await end(child)
    fs.rmSync(join(gone.folder, 'gone'), { recursive: true })

    const daemon = await startPeerage(join(root, 'home'), { set: alone })
    try {
      const folder = join(profile, legacy ? 'qBittorrent/data/BT_backup' : 'qBittorrent/data')
      const planned = await imported(daemon, { folder, dryRun: true })
      expect([...planned.values()].map(({ outcome }) => outcome).sort()).toEqual([
        'complete',
        'complete',
        'missing',
        'partial',
      ])
      expect((await listed(daemon)).size).toBe(0)
      const done = await imported(daemon, { folder })
      expect(done.get('whole')).toMatchObject({ program: 'qbittorrent', outcome: 'complete', paused: false })
      expect(done.get('renamed')).toMatchObject({ outcome: 'complete', paused: true })
      expect(done.get('gone')).toMatchObject({ outcome: 'missing', missingFiles: 1, paused: true })
      await until(async () => {
        const list = await listed(daemon)
        return list.get('whole')?.state === 'complete' && (list.get('partial')?.bytes ?? 0) > 400_000
      }, 'everything is hashed')
      expect(fs.existsSync(join(whole.folder, 'ganz/a'))).toBe(true)
      const files = (await daemon.call('files.files', { content: 'partial' })) as FileRow[]
      expect(files.find(({ path }) => path === 'third')?.priority).toBe('skip')
      expect(files.find(({ path }) => path === 'second')?.bytes).toBeGreaterThan(60_000)
      await expectSeeds(daemon, { ...whole, folder: root })
      const list = await listed(daemon)
      expect(list.get('renamed')?.state).toBe('paused')
      await daemon.call('files.resume', { content: 'renamed' })
      await expectSeeds(daemon, { ...renamed, folder: root })
      expect(fs.existsSync(join(renamed.folder, 'renamed/eins'))).toBe(true)
      const again = await imported(daemon, { folder })
      expect(new Set([...again.values()].map(({ outcome }) => outcome))).toEqual(new Set(['known']))
    } finally {
      await daemon.kill()
    }
  })
})

describe('Transmission', () => {
  async function start(config: string): Promise<Child> {
    fs.mkdirSync(config, { recursive: true })
    const settings = {
      'rpc-port': rpcPort,
      'rpc-bind-address': '127.0.0.1',
      'rpc-whitelist-enabled': false,
      'bind-address-ipv4': '127.0.0.1',
      'peer-port-random-on-start': true,
      'port-forwarding-enabled': false,
      'dht-enabled': false,
      'lpd-enabled': false,
      'pex-enabled': false,
      'download-dir': root,
    }
    fs.writeFileSync(join(config, 'settings.json'), JSON.stringify(settings))
    const child = follow(['transmission-daemon', '--foreground', '--config-dir', config])
    await until(async () => (await rpc('session-get')) !== undefined, 'Transmission answers')
    return child
  }

  let session = ''

  async function rpc(method: string, input: object = {}): Promise<Record<string, unknown> | undefined> {
    const answer = await fetch(`http://127.0.0.1:${rpcPort}/transmission/rpc`, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': session },
      body: JSON.stringify({ method, arguments: input }),
    }).catch(() => undefined)
    if (answer === undefined) return undefined
    if (answer.status === 409) {
      session = answer.headers.get('X-Transmission-Session-Id') ?? ''
      return await rpc(method, input)
    }
    return ((await answer.json()) as { arguments: Record<string, unknown> }).arguments
  }

  test('its torrents are taken over, and seeded to libtorrent', async () => {
    const whole = make('whole', { a: 300_001, 'sub/b': 70_000, c: 5 })
    const partial = make('partial', { first: 400_000, second: 400_000, third: 100_000 })
    fs.rmSync(join(partial.folder, 'partial/second'))
    fs.rmSync(join(partial.folder, 'partial/third'))
    const config = join(root, 'transmission')
    const child = await start(config)
    for (const { torrent, folder } of [whole, partial])
      await rpc('torrent-add', { filename: torrent, 'download-dir': folder })
    await until(async () => {
      const fields = ['status', 'percentDone', 'recheckProgress']
      const all = (await rpc('torrent-get', { fields }))?.torrents as {
        status: number
        percentDone: number
      }[]
      return (
        all.length === 2 &&
        all.every(({ status }) => status > 2 || status === 0) &&
        all.some(one => one.percentDone === 1)
      )
    }, 'Transmission has checked everything')
    await rpc('torrent-set', {
      ids: [1],
      seedRatioMode: 1,
      seedRatioLimit: 3.5,
      uploadLimited: true,
      uploadLimit: 4000,
    })
    await rpc('torrent-set', { ids: [2], 'files-unwanted': [2], 'priority-high': [1] })
    await rpc('torrent-rename-path', { ids: [1], path: 'whole/a', name: 'anton' })
    await pause(1000)
    await end(child)

    const daemon = await startPeerage(join(root, 'home'), { set: alone })
    try {
      const done = await imported(daemon, { folder: config })
      expect(done.get('whole')).toMatchObject({ program: 'transmission', outcome: 'complete', paused: false })
      expect(done.get('partial')).toMatchObject({ outcome: 'partial' })
      await until(async () => {
        const list = await listed(daemon)
        return list.get('whole')?.state === 'complete' && (list.get('partial')?.bytes ?? 0) >= 327_680
      }, 'everything is hashed')
      const files = (await daemon.call('files.files', { content: 'partial' })) as FileRow[]
      expect(files.map(({ priority }) => priority)).toEqual(['normal', 'high', 'skip'])
      expect(fs.existsSync(join(whole.folder, 'whole/anton'))).toBe(true)
      await expectSeeds(daemon, { ...whole, folder: root })
    } finally {
      await daemon.kill()
    }
  })
})
