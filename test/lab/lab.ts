import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { build } from './build.ts'
import { exists, ip, killAllIn, quietly, removeNamespace, removeOrphans } from './namespaces.ts'
import { type Machine, type NatKind, putBehind } from './router.ts'

export interface LabOptions {
  /** Number of hosts, at most 250. */
  readonly hosts: number
  /** Rate of what each host sends, in Mbit/s of IP packets. What it receives is not limited. */
  readonly uplinkMbit: number
  /** Round-trip time between any two hosts, in milliseconds. */
  readonly rttMs: number
  /**
   * Hosts have addresses that are public, each in a network of its own, instead of being on one local network. Only such hosts can
   * become routers.
   */
  readonly internet?: boolean
}

/** Hosts on this machine, each with its own network stack and address, joined by a switch. */
export interface Lab extends AsyncDisposable {
  /** Starts a program on a host, numbered from 0. It is killed when the lab closes. */
  run(host: number, command: readonly string[], options?: SpawnOptions): ChildProcess
  /** The IPv4 address of a host, reachable from the other hosts only. */
  addressOf(host: number): string
  /** The IPv6 address of a host, reachable from the other hosts only. */
  address6Of(host: number): string
  /** Puts a machine behind a host, which becomes a router. What runs there is seen under the address of the host. */
  behind(host: number, nat?: NatKind): Promise<Machine>
  /** Bytes and packets that a host has sent, headers from IP upwards included. */
  sent(host: number): Traffic
  /** Ends what still runs and removes the hosts. Safe to call twice. */
  close(): Promise<void>
}

export interface Traffic {
  readonly bytes: number
  readonly packets: number
}

let labs = 0

/** Says what keeps the lab from working on this machine, or undefined. */
export function missingForLab(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const [tool, file] of [
    ['ip and tc (iproute2)', '/sbin/ip'],
    ['gcc', '/usr/bin/gcc'],
    ['TUN devices', '/dev/net/tun'],
    ['nft (nftables)', '/usr/sbin/nft'],
  ] as const) {
    if (!exists(file)) return `${tool} missing: there is no ${file}`
  }
  return undefined
}

/** Builds the hosts. Throws when this machine cannot (see {@link missingForLab}) and leaves nothing behind then. */
export async function createLab({ hosts, uplinkMbit, rttMs, internet = false }: LabOptions): Promise<Lab> {
  if (hosts < 1 || hosts > 250) throw new TypeError(`a lab has 1 to 250 hosts, not ${hosts}`)
  removeOrphans()
  labs += 1
  const prefix = `peerage-${process.pid}-${labs}`
  const names = Array.from({ length: hosts }, (_, host) => `${prefix}-${host}`)
  const inner: string[] = []
  const programs: ChildProcess[] = []
  const removeOnExit = (): void => {
    for (const name of [...inner, ...names]) removeNamespace(name)
  }
  process.once('exit', removeOnExit)
  const close = async (): Promise<void> => {
    for (const name of [...inner, ...names]) killAllIn(name)
    await Promise.all(programs.splice(0).map(ended))
    removeOnExit()
    process.off('exit', removeOnExit)
  }
  try {
    for (const name of names) ip('netns', 'add', name)
    programs.push(await startSwitch(names, rttMs))
    for (const [host, name] of names.entries()) configure(name, host, uplinkMbit, internet)
  } catch (error) {
    await close()
    throw error
  }
  const ground = {
    newNamespace: () => {
      const name = `${prefix}-${1000 + inner.length}`
      inner.push(name)
      ip('netns', 'add', name)
      return name
    },
    endsWithLab: (program: ChildProcess) => programs.push(program),
  }
  return {
    run: (host, command, options = {}) =>
      spawn('ip', ['netns', 'exec', nameOf(names, host), ...command], { stdio: 'pipe', ...options }),
    addressOf: host => addressOf(host, internet),
    address6Of: host => address6Of(host, internet),
    behind(host, nat = 'port-keeping') {
      if (!internet) throw new TypeError('only hosts of the internet become routers')
      const namespace = nameOf(names, host)
      const address = addressOf(host, internet)
      // The router answers for it, not the host.
      ip('-n', namespace, 'address', 'del', `${address}/32`, 'dev', 'tun0')
      ip('-n', namespace, 'route', 'replace', 'default', 'dev', 'tun0')
      const prefix6 = `${address6Of(host, internet).split('::')[0]}:1`
      return putBehind(ground, { namespace, address, prefix6 }, nat)
    },
    sent: host => sentBy(nameOf(names, host)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  program.stdin?.end()
  await once(program, 'close')
}

function addressOf(host: number, internet: boolean): string {
  return internet ? `198.18.${host + 1}.1` : `10.77.0.${host + 1}`
}

function address6Of(host: number, internet: boolean): string {
  const number = (host + 1).toString(16)
  return internet ? `2a77:0:${number}::1` : `fd77::${number}`
}

async function startSwitch(names: readonly string[], rttMs: number): Promise<ChildProcess> {
  const delayMicroseconds = Math.round((rttMs * 1000) / 2)
  const wire = spawn(build('switch'), [String(delayMicroseconds), ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const first = await Promise.race([once(wire.stdout, 'data'), once(wire, 'close')])
  if (String(first[0]).trim() !== 'ready') throw new Error('the switch of the lab did not start')
  return wire
}

/** `burst` is the smallest that lets tbf reach the rate; the queue holds what 400 ms of sending take. */
function configure(name: string, host: number, uplinkMbit: number, internet: boolean): void {
  const [length, length6] = internet ? [32, 128] : [16, 64]
  ip('-n', name, 'address', 'add', `${addressOf(host, internet)}/${length}`, 'dev', 'tun0')
  ip('-n', name, 'address', 'add', `${address6Of(host, internet)}/${length6}`, 'dev', 'tun0', 'nodad')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  ip('-n', name, 'link', 'set', 'tun0', 'mtu', '1500', 'up')
  if (internet)
    for (const family of ['-4', '-6']) ip('-n', name, family, 'route', 'add', 'default', 'dev', 'tun0')
  else ip('-n', name, 'route', 'add', '224.0.0.0/4', 'dev', 'tun0') // multicast, for whoever names no device
  const shape = ['root', 'tbf', 'rate', `${uplinkMbit}mbit`, 'burst', '16kb', 'latency', '400ms']
  quietly('tc', ['-n', name, 'qdisc', 'add', 'dev', 'tun0', ...shape])
}

function sentBy(name: string): Traffic {
  const [link] = JSON.parse(ip('-n', name, '-j', '-s', 'link', 'show', 'dev', 'tun0'))
  const { bytes, packets } = link.stats64.tx
  return { bytes, packets }
}

function nameOf(names: readonly string[], host: number): string {
  const name = names[host]
  if (name === undefined) throw new TypeError(`the lab has hosts 0 to ${names.length - 1}, not ${host}`)
  return name
}
