import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkOf } from '../../bench/peerage.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { missingForLab } from './lab.ts'
import { exists } from './namespaces.ts'
import { farEnd, internet, TwoUplinks, vpnAddress } from './one-way-out/two-uplinks.ts'

const missing =
  missingForLab() ??
  (
    [
      ['tshark', '/usr/bin/tshark'],
      ['microsocks', '/usr/bin/microsocks'],
      ['danted (dante-server)', '/usr/sbin/danted'],
    ] as const
  ).flatMap(([name, file]) => (exists(file) ? [] : [`${name} missing`]))[0]
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const size = 12_000_000
const seedPort = 4001
const webPort = 8000

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peerage-way-'))
  for (const folder of ['web', 'secret', 'into', 'open']) await mkdir(join(root, folder))
  await writeFile(join(root, 'web', 'public.bin'), randomBytes(size))
  await writeFile(join(root, 'secret', 'private.bin'), randomBytes(size))
  await writeFile(join(root, 'web', 'open.bin'), randomBytes(size))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** One who has a public content, with a tracker and a web seed, and a private one. */
async function seedOf(
  uplinks: TwoUplinks,
): Promise<{ seed: PeerageDaemon; links: string[]; magnet: string }> {
  uplinks.there(['python3', '-m', 'http.server', String(webPort), '--directory', join(root, 'web')])
  const seed = await startPeerage(join(root, 'seed'), {
    start: uplinks.there,
    port: seedPort,
    set: { 'network.hosts': internet, 'network.mdns': false, 'tracker.enabled': true },
  })
  const shared = await seed.call('files.share', { path: join(root, 'web', 'public.bin'), public: true })
  const { magnet } = (await seed.call('files.share', {
    path: join(root, 'web', 'open.bin'),
    public: true,
    tracker: ['own'],
    webSeed: [`http://${internet}:${webPort}/open.bin`],
  })) as { magnet: string }
  const secret = await seed.call('files.share', { path: join(root, 'secret', 'private.bin') })
  return { seed, links: [linkOf(shared), linkOf(secret)], magnet }
}

/** Bytes on disk of what is being fetched; files that are being written have holes. */
async function held(): Promise<number[]> {
  const into = join(root, 'into')
  const names = (await readdir(into)).sort()
  return Promise.all(names.map(async name => (await stat(join(into, name))).blocks * 512))
}

async function until(what: () => boolean | Promise<boolean>, message: string, ms = 30_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await what())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${message}`)
    await pause(50)
  }
}

/** Both contents go on. */
async function bothGrow(): Promise<void> {
  const before = await held()
  const grew = async (): Promise<boolean> => {
    const now = await held()
    return now.length >= 2 && now.every((bytes, i) => bytes >= Math.min(size, (before[i] ?? 0) + 200_000))
  }
  await until(grew, 'both contents grow')
}

/** Fetches two contents from the seed itself, to their end; one more is tried over the whole public network meanwhile. */
async function fetchBoth(receiver: PeerageDaemon, links: readonly string[], magnet: string): Promise<void> {
  const into = join(root, 'into')
  receiver.call('files.get', { link: magnet, into: join(root, 'open') }).catch(() => undefined)
  await Promise.all(links.map(link => receiver.call('files.get', { link, into })))
  for (const [folder, name] of [
    ['web', 'public.bin'],
    ['secret', 'private.bin'],
  ] as const) {
    const [sent, received] = await Promise.all([
      readFile(join(root, folder, name)),
      readFile(join(into, name)),
    ])
    expect(received.equals(sent)).toBe(true)
  }
}

const publicNetwork = {
  'dht.bootstrap': `${internet}:${seedPort}`,
  // Everything is to be tried, also what is tried last.
  'network.pingIntervalMs': 2_000,
  'network.pingTimeoutMs': 4_000,
}

test.skipIf(missing !== undefined)(
  `not one packet leaves past the interface, whatever happens to it, and all goes on when it is back${skipped}`,
  async () => {
    await using uplinks = new TwoUplinks()
    const { seed, links, magnet } = await seedOf(uplinks)
    await using _ = seed
    await using receiver = await startPeerage(join(root, 'receiver'), {
      start: uplinks.here,
      set: { ...publicNetwork, 'network.interface': 'vpn0' },
    })
    const outside = await uplinks.watch('wan0')
    const inside = await uplinks.watch('vpn0', 'udp or arp')
    const done = fetchBoth(receiver, links, magnet)
    done.catch(() => undefined)
    await bothGrow()
    uplinks.host('link', 'set', 'vpn0', 'down')
    await pause(3_000)
    uplinks.host('link', 'set', 'vpn0', 'up')
    uplinks.routeOverVpn()
    await bothGrow()
    uplinks.host('address', 'del', `${vpnAddress}/24`, 'dev', 'vpn0')
    await pause(3_000)
    uplinks.host('address', 'add', '10.9.0.77/24', 'dev', 'vpn0')
    uplinks.routeOverVpn()
    await done
    expect(await outside.stop()).toEqual([])
    // What was to be kept inside was there: names of local networks and nodes of the DHT were asked.
    const said = (await inside.stop()).join('\n')
    for (const protocol of [/ MDNS /, /203\.0\.113\.1 +(BT-DHT|UDP|BT-uTP|BitTorrent)/])
      expect(said).toMatch(protocol)
    expect(said).not.toContain('10.8.0.2')
  },
  120_000,
)

test.skipIf(missing !== undefined)(
  `not one packet leaves past the proxy, and all goes on when it is back${skipped}`,
  async () => {
    await using uplinks = new TwoUplinks()
    const { seed, links, magnet } = await seedOf(uplinks)
    await using _ = seed
    const config = join(root, 'danted.conf')
    await writeFile(
      config,
      [
        'logoutput: stderr',
        `internal: ${farEnd} port = 1080`,
        `external: ${internet}`,
        'clientmethod: none',
        'socksmethod: none',
        'user.privileged: root',
        'user.unprivileged: nobody',
        'client pass { \n from: 0.0.0.0/0 to: 0.0.0.0/0 \n }',
        'socks pass { \n from: 0.0.0.0/0 to: 0.0.0.0/0 \n command: connect udpassociate udpreply \n }',
      ].join('\n'),
    )
    const startProxy = () => uplinks.there(['danted', '-f', config])
    let proxy = startProxy()
    await using receiver = await startPeerage(join(root, 'receiver'), {
      start: uplinks.here,
      set: { ...publicNetwork, 'network.proxy': `socks5://${farEnd}:1080` },
    })
    const outside = await uplinks.watch('wan0')
    const past = await uplinks.watch('vpn0', `ip and not host ${farEnd}`)
    const datagrams = await uplinks.watch('vpn0', `udp and host ${farEnd}`)
    const done = fetchBoth(receiver, links, magnet)
    done.catch(() => undefined)
    await bothGrow()
    proxy.kill('SIGTERM')
    await once(proxy, 'exit')
    await pause(3_000)
    proxy = startProxy()
    await done
    expect(await outside.stop()).toEqual([])
    expect(await past.stop()).toEqual([])
    expect((await datagrams.stop()).length).toBeGreaterThan(0)
  },
  120_000,
)

test.skipIf(missing !== undefined)(
  `a proxy with a password and without datagrams: names are its business${skipped}`,
  async () => {
    await using uplinks = new TwoUplinks()
    const { seed, links, magnet } = await seedOf(uplinks)
    await using _ = seed
    uplinks.there(['microsocks', '-i', farEnd, '-p', '1080', '-u', 'me', '-P', 'p@ss word'])
    await using receiver = await startPeerage(join(root, 'receiver'), {
      start: uplinks.here,
      set: { ...publicNetwork, 'network.proxy': `socks5://me:p%40ss%20word@${farEnd}:1080` },
    })
    const outside = await uplinks.watch('wan0')
    const past = await uplinks.watch('vpn0', `udp or (ip and not host ${farEnd})`)
    await fetchBoth(receiver, links, magnet)
    expect(JSON.stringify(await receiver.call('config.list'))).not.toContain('p%40ss')
    expect([await outside.stop(), await past.stop()]).toEqual([[], []])
  },
  120_000,
)
