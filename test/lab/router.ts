import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { build } from './build.ts'
import { ip } from './namespaces.ts'

/**
 * How a router treats what passes it. `full-cone`, `address-restricted` and `port-restricted` keep one port for each inside endpoint
 * and differ in who gets in: whoever sends to that port, whoever was sent to, or only the very port that was sent to. `port-keeping` is
 * port-restricted, and the port is the inside one where that is free. `symmetric` takes a new port, drawn by chance, for each
 * destination, `sequential` the next one. `double` is port-keeping behind port-restricted. `udp-blocked` lets no UDP pass.
 * `ipv6-only` translates nothing, has no IPv4, and lets only answers in; `none` passes everything on.
 */
export type NatKind =
  | 'none'
  | 'port-keeping'
  | 'full-cone'
  | 'address-restricted'
  | 'port-restricted'
  | 'symmetric'
  | 'sequential'
  | 'double'
  | 'udp-blocked'
  | 'ipv6-only'

type Translating = Exclude<NatKind, 'none' | 'ipv6-only'>

/** A machine behind a router. */
export interface Machine {
  /** Its own address, on the network behind the router. */
  readonly address: string
  /** Starts a program on it. It is killed when the lab closes. */
  run(command: readonly string[], options?: SpawnOptions): ChildProcess
  /** One more machine on the same network. */
  neighbour(): Machine
}

/** What the lab lends: namespaces that it removes, and an end for programs. */
export interface Ground {
  newNamespace(): string
  /** Closes the standard input of that program when the lab closes, and waits for its end. */
  endsWithLab(program: ChildProcess): void
}

/** A host of the lab. */
export interface Host {
  readonly namespace: string
  readonly address: string
  /** A /64 that leads to it. */
  readonly prefix6: string
}

/** What `nat` is told after NETNS, EXTERNAL and INSIDE. */
const behaviour: Readonly<Record<Translating, string>> = {
  'full-cone': 'any any random pass',
  'address-restricted': 'any address random pass',
  'port-restricted': 'any port random pass',
  'port-keeping': 'any port keep pass',
  symmetric: 'each port random pass',
  sequential: 'each port next pass',
  double: 'any port keep pass',
  'udp-blocked': 'any port random block',
}

/** The network behind a router; the router itself is number 1. */
interface Lan {
  readonly router: string
  readonly numbered: (number: number) => string
  readonly prefixLength: 24 | 64
  attached: number
}

/** Turns a host into a router of that kind, and puts a machine behind it. */
export async function putBehind(ground: Ground, host: Host, kind: NatKind): Promise<Machine> {
  ip('netns', 'exec', host.namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  if (kind === 'ipv6-only') return machineOn(ground, behindFirewall(host))
  if (kind === 'none') return machineOn(ground, newLan(host.namespace, 24, inNetworkOf(host.address)))
  if (kind !== 'double')
    return machineOn(ground, await behindNat(ground, host.namespace, host.address, kind, '192.168.1'))
  // The provider translates too; its customers have shared addresses (RFC 6598).
  const provider = await behindNat(ground, host.namespace, host.address, 'port-restricted', '100.64.0')
  const { namespace, address } = innerRouter(ground, provider)
  return machineOn(ground, await behindNat(ground, namespace, address, kind, '192.168.1'))
}

/** Everything that is for `address`, or comes from the network, goes through `nat`. */
async function behindNat(
  ground: Ground,
  router: string,
  address: string,
  kind: Translating,
  network: string,
): Promise<Lan> {
  const lan = newLan(router, 24, number => `${network}.${number}`)
  const program = spawn(build('nat'), [router, address, lan.numbered(1), ...behaviour[kind].split(' ')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  ground.endsWithLab(program)
  await once(program.stdout, 'data')
  ip('-n', router, 'link', 'set', 'nat0', 'up')
  ip('-n', router, 'route', 'add', address, 'dev', 'nat0')
  ip('-n', router, 'route', 'add', 'default', 'dev', 'nat0', 'table', '100')
  ip('-n', router, 'rule', 'add', 'iif', 'lan0', 'lookup', '100')
  return lan
}

const inNetworkOf = (address: string) => (number: number) => address.replace(/\d+$/, String(number))

/** A customer's router on the provider's network. That it holds its address is answered for `nat` (proxy ARP). */
function innerRouter(ground: Ground, provider: Lan): { namespace: string; address: string } {
  const namespace = ground.newNamespace()
  const address = provider.numbered(9)
  attach(provider, namespace, provider.numbered(8))
  // Linux holds a proxy's answer back for up to 0.8 s, drawn by chance; no router's own answer waits.
  const settings = ['ip_forward=1', 'conf.eth0.proxy_arp=1', 'neigh.eth0.proxy_delay=0']
  ip('netns', 'exec', namespace, 'sysctl', '-qw', ...settings.map(setting => `net.ipv4.${setting}`))
  return { namespace, address }
}

function behindFirewall({ namespace, prefix6 }: Host): Lan {
  ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
  for (const rule of [
    'add table ip6 filter',
    'add chain ip6 filter forward { type filter hook forward priority 0 ; }',
    'add rule ip6 filter forward iif tun0 ct state established,related accept',
    'add rule ip6 filter forward iif tun0 drop',
  ])
    ip('netns', 'exec', namespace, 'nft', ...rule.split(' '))
  return newLan(namespace, 64, number => `${prefix6}::${number}`)
}

function newLan(router: string, prefixLength: Lan['prefixLength'], numbered: Lan['numbered']): Lan {
  ip('-n', router, 'link', 'add', 'lan0', 'type', 'bridge')
  ip(
    '-n',
    router,
    'address',
    'add',
    `${numbered(1)}/${prefixLength}`,
    'dev',
    'lan0',
    ...noProbing(prefixLength),
  )
  ip('-n', router, 'link', 'set', 'lan0', 'up')
  return { router, numbered, prefixLength, attached: 0 }
}

function machineOn(ground: Ground, lan: Lan): Machine {
  const namespace = ground.newNamespace()
  const address = lan.numbered(10 + lan.attached)
  attach(lan, namespace, address)
  return {
    address,
    run: (command, options = {}) =>
      spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: 'pipe', ...options }),
    neighbour: () => machineOn(ground, lan),
  }
}

/** Gives a namespace the device eth0 on that network, and the router as its way out. */
function attach(lan: Lan, namespace: string, address: string): void {
  lan.attached += 1
  const port = `port${lan.attached}`
  ip('-n', lan.router, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
  ip('-n', lan.router, 'link', 'set', port, 'master', 'lan0', 'up')
  ip('-n', namespace, 'link', 'set', 'lo', 'up')
  const { prefixLength } = lan
  ip(
    '-n',
    namespace,
    'address',
    'add',
    `${address}/${prefixLength}`,
    'dev',
    'eth0',
    ...noProbing(prefixLength),
  )
  ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  ip('-n', namespace, 'route', 'add', 'default', 'via', lan.numbered(1))
}

/** IPv6 would wait a second to see whether somebody else has that address. */
function noProbing(prefixLength: Lan['prefixLength']): readonly string[] {
  return prefixLength === 64 ? ['nodad'] : []
}
