import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync } from 'node:fs'
import { buildSwitch } from './build-switch.ts'

export interface LabOptions {
  /** Number of hosts, at most 250. */
  readonly hosts: number
  /** Rate of what each host sends, in Mbit/s of IP packets. What it receives is not limited. */
  readonly uplinkMbit: number
  /** Round-trip time between any two hosts, in milliseconds. */
  readonly rttMs: number
}

/** Hosts on this machine, each with its own network stack and address, joined by a switch. */
export interface Lab extends AsyncDisposable {
  /** Starts a program on a host, numbered from 0. It is killed when the lab closes. */
  run(host: number, command: readonly string[], options?: SpawnOptions): ChildProcess
  /** The IPv4 address of a host, reachable from the other hosts only. */
  addressOf(host: number): string
  /** The IPv6 address of a host, reachable from the other hosts only. */
  address6Of(host: number): string
  /**
   * Puts a machine behind a host, which becomes a router that translates addresses and lets only answers in. What runs there is seen
   * under the address of the host.
   */
  behind(host: number): { run(command: readonly string[], options?: SpawnOptions): ChildProcess }
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
  ] as const) {
    if (!exists(file)) return `${tool} missing: there is no ${file}`
  }
  return undefined
}

/** Builds the hosts. Throws when this machine cannot (see {@link missingForLab}) and leaves nothing behind then. */
export async function createLab({ hosts, uplinkMbit, rttMs }: LabOptions): Promise<Lab> {
  if (hosts < 1 || hosts > 250) throw new TypeError(`a lab has 1 to 250 hosts, not ${hosts}`)
  removeOrphans()
  labs += 1
  const names = Array.from({ length: hosts }, (_, host) => `peerage-${process.pid}-${labs}-${host}`)
  const removeOnExit = (): void => {
    for (const name of names) removeNamespace(name)
  }
  process.once('exit', removeOnExit)
  let wire: ChildProcess | undefined
  const close = async (): Promise<void> => {
    for (const name of names) killAllIn(name)
    if (wire?.exitCode === null && wire.signalCode === null) {
      wire.stdin?.end()
      await once(wire, 'close')
    }
    for (const name of names) removeNamespace(name)
    process.off('exit', removeOnExit)
  }
  try {
    for (const name of names) ip('netns', 'add', name)
    wire = await startSwitch(names, rttMs)
    for (const [host, name] of names.entries()) configure(name, host, uplinkMbit)
  } catch (error) {
    await close()
    throw error
  }
  return {
    run: (host, command, options = {}) =>
      spawn('ip', ['netns', 'exec', nameOf(names, host), ...command], { stdio: 'pipe', ...options }),
    addressOf,
    address6Of,
    behind(host) {
      const inside = putBehind(nameOf(names, host), `peerage-${process.pid}-${labs}-${1000 + host}`)
      names.push(inside)
      return {
        run: (command, options = {}) =>
          spawn('ip', ['netns', 'exec', inside, ...command], { stdio: 'pipe', ...options }),
      }
    },
    sent: host => sentBy(nameOf(names, host)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function addressOf(host: number): string {
  return `10.77.0.${host + 1}`
}

function address6Of(host: number): string {
  return `fd77::${(host + 1).toString(16)}`
}

async function startSwitch(names: readonly string[], rttMs: number): Promise<ChildProcess> {
  const delayMicroseconds = Math.round((rttMs * 1000) / 2)
  const wire = spawn(buildSwitch(), [String(delayMicroseconds), ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const first = await Promise.race([once(wire.stdout, 'data'), once(wire, 'close')])
  if (String(first[0]).trim() !== 'ready') throw new Error('the switch of the lab did not start')
  return wire
}

/** `burst` is the smallest that lets tbf reach the rate; the queue holds what 400 ms of sending take. */
function configure(name: string, host: number, uplinkMbit: number): void {
  ip('-n', name, 'address', 'add', `${addressOf(host)}/16`, 'dev', 'tun0')
  ip('-n', name, 'address', 'add', `${address6Of(host)}/64`, 'dev', 'tun0', 'nodad')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  ip('-n', name, 'link', 'set', 'tun0', 'mtu', '1500', 'up')
  ip('-n', name, 'route', 'add', '224.0.0.0/4', 'dev', 'tun0') // multicast, for whoever names no device
  const shape = ['root', 'tbf', 'rate', `${uplinkMbit}mbit`, 'burst', '16kb', 'latency', '400ms']
  quietly('tc', ['-n', name, 'qdisc', 'add', 'dev', 'tun0', ...shape])
}

/** A router as people have at home: addresses are translated, ports kept where they are free, only answers come in. */
function putBehind(router: string, inside: string): string {
  ip('netns', 'add', inside)
  ip('-n', router, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', inside)
  ip('-n', router, 'address', 'add', '192.168.1.1/24', 'dev', 'lan0')
  ip('-n', router, 'link', 'set', 'lan0', 'up')
  ip('-n', inside, 'address', 'add', '192.168.1.2/24', 'dev', 'eth0')
  ip('-n', inside, 'link', 'set', 'lo', 'up')
  ip('-n', inside, 'link', 'set', 'eth0', 'up')
  ip('-n', inside, 'route', 'add', 'default', 'via', '192.168.1.1')
  ip('netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  for (const rule of [
    'add table ip nat',
    'add chain ip nat out { type nat hook postrouting priority 100 ; }',
    'add rule ip nat out oif tun0 masquerade',
    'add table ip filter',
    ...['input', 'forward'].flatMap(hook => [
      `add chain ip filter ${hook} { type filter hook ${hook} priority 0 ; }`,
      `add rule ip filter ${hook} iif tun0 ct state established,related accept`,
      `add rule ip filter ${hook} iif tun0 drop`,
    ]),
  ])
    ip('netns', 'exec', router, 'nft', ...rule.split(' '))
  return inside
}

function sentBy(name: string): Traffic {
  const [link] = JSON.parse(ip('-n', name, '-j', '-s', 'link', 'show', 'dev', 'tun0'))
  const { bytes, packets } = link.stats64.tx
  return { bytes, packets }
}

function killAllIn(name: string): void {
  try {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It does not exist, or what ran in it has just ended.
  }
}

function removeNamespace(name: string): void {
  if (!exists(`/run/netns/${name}`)) return
  killAllIn(name)
  ip('netns', 'del', name)
}

/** Hosts of a process that was killed before it could close its lab. */
function removeOrphans(): void {
  for (const [name, pid] of ip('netns', 'list').matchAll(/^peerage-(\d+)-\d+-\d+/gm))
    if (!exists(`/proc/${pid}`)) removeNamespace(name)
}

function nameOf(names: readonly string[], host: number): string {
  const name = names[host]
  if (name === undefined) throw new TypeError(`the lab has hosts 0 to ${names.length - 1}, not ${host}`)
  return name
}

function ip(...args: readonly string[]): string {
  return quietly('ip', args)
}

function quietly(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
