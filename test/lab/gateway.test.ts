import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Starter } from '../../bench/child.ts'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import type { Diagnosis, Finding, PathReport } from '../../src/services/reach/index.ts'
import { type Asked, createHomeRouter, type HomeRouter, missingForHomeRouter } from './home-router.ts'
import { createLab, missingForLab } from './lab.ts'

const why = missingForLab() ?? missingForHomeRouter()
const skipped = why === undefined ? '' : ` (skipped: ${why})`
const port = 6881
const both = ['tcp', 'udp'].map(protocol => `${protocol} ${port} 192.168.1.2 ${port}`)
const settings = {
  'network.mdns': false,
  'network.portMapping': true,
  'network.portMappingCheckMs': 1_000,
  'bittorrent.enabled': false,
}

const ways: readonly (readonly [string, Asked])[] = [
  ['PCP', { natPmp: true }],
  ['NAT-PMP', { natPmp: true, withoutPcp: true }],
  ['UPnP', { upnp: true }],
]

test.skipIf(why !== undefined).each(ways)(
  `miniupnpd opens the port by %s, again after a restart, and until the end${skipped}`,
  (_name, asked) =>
    atHome(async ({ router, root, start }) => {
      await router.serve(asked)
      const peer = await start('inside', router.inside)
      await until(async () => router.open().length === 2)
      expect(router.open()).toEqual(both)
      await fetchFromOutside({ router, root, start }, peer)
      expect(await findingsOf(peer)).toMatchObject({
        Router: { level: 'good', text: expect.stringContaining('192.168.1.1 has opened') },
        'From outside': { level: 'good', text: expect.stringContaining('came in') },
      })
      await router.restart()
      expect(router.open()).toEqual([])
      await until(async () => router.open().length === 2)
      expect(router.open()).toEqual(both)
      await peer.kill('SIGTERM')
      expect(router.open()).toEqual([])
    }),
  180_000,
)

test.skipIf(why !== undefined)(
  `behind a port-restricted router, doctor says that nobody gets in, and what to do${skipped}`,
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'peerage-doctor-'))
    try {
      await using lab = await createLab({ hosts: 3, uplinkMbit: 50, rttMs: 10, internet: true })
      const home = await lab.behind(0, 'port-restricted')
      const start = (name: string, on: Starter): Promise<PeerageDaemon> =>
        startPeerage(join(root, name), { start: on, port, set: settings })
      await using inside = await start('inside', home.run)
      await using one = await start('one', command => lab.run(1, command))
      await using two = await start('two', command => lab.run(2, command))
      for (const [i, outside] of [one, two].entries()) {
        await writeFile(join(root, `file-${i}`), `content ${i}`)
        const { link } = (await outside.call('files.share', { path: join(root, `file-${i}`) })) as {
          link: string
        }
        await inside.call('files.get', { link, into: join(root, 'fetched') })
      }
      const paths = (await inside.call('reach.path')) as PathReport[]
      expect(paths.map(({ ways }) => ways[0]?.path)).toEqual(['direct', 'direct'])
      // Nobody answers behind this router who could open the port.
      await until(async () => (await findingsOf(inside)).Router?.text.includes('does not open') === true)
      expect(await findingsOf(inside)).toMatchObject({
        Router: { level: 'note', advice: expect.stringContaining('Switch on UPnP') },
        'From outside': { level: 'bad', advice: expect.stringContaining(`port ${port} to 192.168.1.10`) },
        NAT: { level: 'good', text: expect.stringContaining('hole punching works') },
      })
    } finally {
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    }
  },
  180_000,
)

interface Home {
  readonly router: HomeRouter
  readonly root: string
  start(name: string, on: Starter): Promise<PeerageDaemon>
}

async function atHome(act: (home: Home) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peerage-gateway-'))
  try {
    await using router = await createHomeRouter(root)
    const start = (name: string, on: Starter): Promise<PeerageDaemon> =>
      startPeerage(join(root, name), { start: on, port, set: settings })
    await act({ router, root, start })
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The link names the address of the router: there is no other way in. */
async function fetchFromOutside({ router, root, start }: Home, peer: PeerageDaemon): Promise<void> {
  await mkdir(join(root, 'shared'))
  await writeFile(join(root, 'shared', 'hello.txt'), 'hello from behind a router')
  const { link } = (await peer.call('files.share', { path: join(root, 'shared') })) as { link: string }
  expect(decodeURIComponent(link)).toContain(`/ip4/${router.address}/tcp/${port}`)
  const { addresses } = (await peer.call('daemon.status')) as { addresses: readonly string[] }
  expect(addresses.join(' ')).toContain(`/ip4/${router.address}/udp/${port}/udx`)
  await using outside = await start('outside', router.outside)
  await outside.call('files.get', { link, into: join(root, 'fetched') })
  expect(await readFile(join(root, 'fetched', 'shared', 'hello.txt'), 'utf8')).toBe(
    'hello from behind a router',
  )
}

async function findingsOf(peer: PeerageDaemon): Promise<Readonly<Record<string, Finding>>> {
  const { findings } = (await peer.call('reach.doctor')) as Diagnosis
  return Object.fromEntries(findings.map(finding => [finding.topic, finding]))
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await pause(100)
}
