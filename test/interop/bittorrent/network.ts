import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, follow } from '../../../bench/child.ts'
import { python } from '../../../bench/opponents/libtorrent.ts'
import { createLab, type Lab } from '../../lab/lab.ts'
import type { Place } from './peer.ts'

const tracker = join(import.meta.dirname, '../../../bench/opponents/tracker.py')
const webServer = join(import.meta.dirname, 'web-server-child.ts')
const trackerPort = 6969
const webPort = 8080

/** Hosts of their own for one test: nothing but what the test starts is there, so what finds a peer is what is tested. */
export interface TestNetwork {
  readonly lab: Lab
  /** A temporary folder. */
  readonly root: string
  readonly trackerUrl: string
  /** Where {@link startWebServer} will be; ends in a slash. */
  readonly webUrl: string
  place(host: number): Promise<Place>
  folder(name: string): Promise<string>
  startTracker(): Promise<Tracker>
  startWebServer(folder: string): Promise<void>
}

export interface Tracker {
  /** Done when a host has announced. */
  announced(host: number): Promise<void>
}

/** Hosts 0 to 4 are for peers, 5 has the tracker and the web server. */
const hosts = 6
const serverHost = 5

export async function inNetwork(
  { ipv6Only = false }: { ipv6Only?: boolean },
  act: (network: TestNetwork) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peerage-interop-'))
  const servers: Child[] = []
  try {
    await using lab = await createLab({ hosts, uplinkMbit: 400, rttMs: 2 })
    await Promise.all(Array.from({ length: hosts }, (_, host) => addDefaultRoutes(lab, host)))
    if (ipv6Only) await Promise.all(Array.from({ length: hosts }, (_, host) => dropIpv4(lab, host)))
    const addressOf = (host: number): string => (ipv6Only ? lab.address6Of(host) : lab.addressOf(host))
    const server = ipv6Only ? `[${addressOf(serverHost)}]` : addressOf(serverHost)
    const serve = async (command: readonly string[]): Promise<Child> => {
      const child = follow(command, command => lab.run(serverHost, command))
      servers.push(child)
      await child.line()
      return child
    }
    const folder = async (name: string): Promise<string> => {
      await mkdir(join(root, name), { recursive: true })
      return join(root, name)
    }
    await act({
      lab,
      root,
      trackerUrl: `http://${server}:${trackerPort}/announce`,
      webUrl: `http://${server}:${webPort}/`,
      place: async host => ({ lab, host, home: await folder(`home-${host}`), address: addressOf(host) }),
      folder,
      async startTracker() {
        const child = await serve([python, tracker, String(trackerPort)])
        return {
          async announced(host) {
            await child.line(line => line === addressOf(host))
          },
        }
      },
      async startWebServer(served) {
        await serve([process.execPath, webServer, served, String(webPort)])
      },
    })
  } finally {
    await Promise.all(servers.map(server => server.kill('SIGKILL')))
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Leads nowhere, but some programs use DHT and IPv6 only on a device that could lead to the internet. */
async function addDefaultRoutes(lab: Lab, host: number): Promise<void> {
  for (const family of ['-4', '-6'])
    await once(lab.run(host, ['ip', family, 'route', 'add', 'default', 'dev', 'tun0']), 'close')
}

async function dropIpv4(lab: Lab, host: number): Promise<void> {
  await once(lab.run(host, ['ip', '-4', 'address', 'flush', 'dev', 'tun0']), 'close')
}
