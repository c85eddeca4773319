import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { promisify } from 'node:util'
import { machineInterfaces } from '../machine-interfaces.ts'

/** The way of this machine to the internet, in IPv4. */
export interface DefaultRoute {
  /** The router that it leads over. */
  readonly router: string
  /** Our address on the network of that router. */
  readonly self: string
}

/** One line of a table of routes, as far as it is about the internet. */
interface RouteEntry {
  readonly router: string
  readonly maskBits: number
  readonly metric: number
}

const answerMs = 3_000
const maxTableBytes = 1_000_000
/** No packet goes there: only the system is asked which way it would take (RFC 5737). */
const somewhere = '192.0.2.1'
const run = promisify(execFile)

/** Undefined: there is no router, or the way to the internet does not lead over it, as with many a VPN. Never rejects. */
export async function findDefaultRoute(): Promise<DefaultRoute | undefined> {
  const [router, self] = await Promise.all([routerOf(process.platform), outwardAddress()])
  return router !== undefined && self !== undefined && isBeside(self, router) ? { router, self } : undefined
}

async function routerOf(platform: NodeJS.Platform): Promise<string | undefined> {
  try {
    if (platform === 'linux') return routerInProc(await readFile('/proc/net/route', 'latin1'))
    const [command, ...words] =
      platform === 'win32' ? ['route', 'print', '-4', '0.0.0.0'] : ['netstat', '-rn', '-f', 'inet']
    const { stdout } = await run(command!, words, { timeout: answerMs, maxBuffer: maxTableBytes })
    return platform === 'win32' ? routerInRoutePrint(stdout) : routerInNetstat(stdout)
  } catch {
    return undefined
  }
}

/** From `/proc/net/route` (proc_pid_net(5)): numbers are in the byte order of the machine. */
export function routerInProc(table: string): string | undefined {
  const entries = table.split('\n').flatMap((line): RouteEntry[] => {
    const [, destination = '', router = '', , , , metric = '', mask = ''] = line.split(/\s+/)
    if (!/^[0-9A-F]{8}$/.test(router) || destination !== '00000000') return []
    return [{ router: littleEndian(router), maskBits: mask === '00000000' ? 0 : 1, metric: Number(metric) }]
  })
  return best(entries)
}

/** From `netstat -rn -f inet` of macOS and BSD. */
export function routerInNetstat(table: string): string | undefined {
  const entries = table.split('\n').flatMap((line, metric): RouteEntry[] => {
    const [destination = '', router = ''] = line.trim().split(/\s+/)
    if (destination !== 'default' && destination !== '0/1') return []
    return [{ router: isIPv4(router) ? router : '0.0.0.0', maskBits: destination === '0/1' ? 1 : 0, metric }]
  })
  return best(entries)
}

/** From `route print -4 0.0.0.0` of Windows; its words are in the language of the user. */
export function routerInRoutePrint(table: string): string | undefined {
  const entries = table.split('\n').flatMap((line): RouteEntry[] => {
    const [destination, mask, router = '', self = '', metric] = line.trim().split(/\s+/)
    if (destination !== '0.0.0.0' || !isIPv4(self)) return []
    return [
      {
        router: isIPv4(router) ? router : '0.0.0.0',
        maskBits: mask === '0.0.0.0' ? 0 : 1,
        metric: Number(metric) || 0,
      },
    ]
  })
  return best(entries)
}

/** The entry that counts; one without a router is a tunnel or a cable to somebody. */
function best(entries: readonly RouteEntry[]): string | undefined {
  const [first] = [...entries].sort((a, b) => b.maskBits - a.maskBits || a.metric - b.metric)
  return first === undefined || first.router === '0.0.0.0' ? undefined : first.router
}

function littleEndian(hex: string): string {
  return Array.from({ length: 4 }, (_, i) => Number.parseInt(hex.slice(6 - 2 * i, 8 - 2 * i), 16)).join('.')
}

/** Our address for what leaves to the internet, as the system would choose it now. */
function outwardAddress(): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = createSocket('udp4')
  const end = (address?: string): void => {
    socket.close()
    resolve(address)
  }
  socket.once('error', () => end())
  socket.connect(9, somewhere, () => end(socket.address().address))
  return promise
}

/** Whether the router is on the network of that address of ours. */
function isBeside(self: string, router: string): boolean {
  const own = Object.values(machineInterfaces())
    .flatMap(entries => entries ?? [])
    .find(({ address }) => address === self)
  if (own === undefined) return false
  const [mine, theirs, mask] = [self, router, own.netmask].map(numberOf)
  return (mine! & mask!) === (theirs! & mask!)
}

function numberOf(ip: string): number {
  return ip.split('.').reduce((number, octet) => (number << 8) | Number(octet), 0)
}
