import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Starter } from '../../bench/child.ts'
import { exists, ip, removeNamespace, removeOrphans } from './namespaces.ts'

/** How the router lets itself be asked to open ports. */
export interface Asked {
  readonly upnp?: boolean
  /** NAT-PMP is served together with PCP. */
  readonly natPmp?: boolean
  /** What is asked by PCP is lost on the way. */
  readonly withoutPcp?: boolean
}

/**
 * A machine at home behind a router with the real `miniupnpd`, and one on the internet. The router has a public address, translates
 * addresses, and lets in what it was asked to.
 */
export interface HomeRouter extends AsyncDisposable {
  readonly address: string
  readonly outsideAddress: string
  readonly inside: Starter
  readonly outside: Starter
  /** The ports that are open now: `tcp 6881 192.168.1.2 6881`. */
  open(): readonly string[]
  /** Begins to be asked in that way; before this it is not. */
  serve(asked: Asked): Promise<void>
  /** Forgets everything and begins anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

const miniupnpd = '/usr/sbin/miniupnpd'
const [address, outsideAddress] = ['45.77.0.1', '45.77.0.9']
let routers = 0

/** Says what keeps such a router from working on this machine, or undefined. */
export function missingForHomeRouter(): string | undefined {
  return exists(miniupnpd) ? undefined : `miniupnpd missing: there is no ${miniupnpd}`
}

/** `folder` is for the files of the router. Throws when this machine cannot, and leaves nothing behind then. */
export async function createHomeRouter(folder: string): Promise<HomeRouter> {
  removeOrphans()
  routers += 1
  const [router, inside, outside] = [0, 1, 2].map(i => `peerage-${process.pid}-${7000 + routers}-${i}`) as [
    string,
    string,
    string,
  ]
  const names = [router, inside, outside]
  const remove = (): void => names.forEach(removeNamespace)
  process.once('exit', remove)
  const close = async (): Promise<void> => {
    remove()
    process.off('exit', remove)
  }
  try {
    for (const name of names) ip('netns', 'add', name)
    connect(router, 'lan0', '192.168.1.1', inside, '192.168.1.2')
    connect(router, 'wan0', address, outside, outsideAddress)
    ip('-n', inside, 'route', 'add', 'default', 'via', '192.168.1.1')
    nft(router, rules)
  } catch (error) {
    await close()
    throw error
  }
  let daemon: ChildProcess | undefined
  const start = async (): Promise<void> => {
    daemon = spawn('ip', ['netns', 'exec', router, miniupnpd, '-d', '-f', join(folder, 'miniupnpd.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await listening(daemon)
  }
  const startIn =
    (name: string): Starter =>
    command =>
      spawn('ip', ['netns', 'exec', name, ...command], { stdio: 'pipe' })
  return {
    address,
    outsideAddress,
    inside: startIn(inside),
    outside: startIn(outside),
    open: () => redirections(nft(router, 'list chain inet filter prerouting_miniupnpd')),
    async serve(asked) {
      writeFileSync(join(folder, 'miniupnpd.conf'), configuration(asked))
      if (asked.withoutPcp) nft(router, 'add rule inet filter input udp dport 5351 @th,64,8 2 drop')
      await start()
    },
    async restart() {
      const gone = daemon && once(daemon, 'close')
      daemon?.kill('SIGKILL')
      await gone
      for (const chain of chains) nft(router, `flush chain inet filter ${chain}`)
      await start()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What miniupnpd writes its rules into. */
const chains = ['miniupnpd', 'prerouting_miniupnpd', 'postrouting_miniupnpd']

const rules = `
table inet filter {
  ${chains.map(name => `chain ${name} {}`).join('\n')}
  chain input {
    type filter hook input priority 0
    iifname wan0 ct state established,related accept
    iifname wan0 drop
  }
  chain forward {
    type filter hook forward priority 0
    ct state established,related accept
    iifname lan0 accept
    jump miniupnpd
    drop
  }
  chain prerouting {
    type nat hook prerouting priority -100
    jump prerouting_miniupnpd
  }
  chain postrouting {
    type nat hook postrouting priority 100
    jump postrouting_miniupnpd
    oifname wan0 masquerade
  }
}
`

function configuration({ upnp = false, natPmp = false }: Asked): string {
  return [
    'ext_ifname=wan0',
    'listening_ip=lan0',
    'http_port=5000',
    `enable_upnp=${upnp ? 'yes' : 'no'}`,
    `enable_natpmp=${natPmp ? 'yes' : 'no'}`,
    'upnp_table_name=filter',
    'upnp_nat_table_name=filter',
    'secure_mode=yes',
    'system_uptime=no',
    'uuid=0f5b5a1c-6a0e-4c55-9d7a-3f1f5a2b7c11',
    'allow 1024-65535 192.168.1.0/24 1024-65535',
    'deny 0-65535 0.0.0.0/0 0-65535',
    '',
  ].join('\n')
}

function connect(router: string, device: string, from: string, host: string, to: string): void {
  ip('-n', router, 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host)
  for (const [name, link, own] of [
    [router, device, from],
    [host, 'eth0', to],
  ] as const) {
    ip('-n', name, 'address', 'add', `${own}/24`, 'dev', link)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', name, 'link', 'set', link, 'up')
  }
  ip('netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
}

function nft(namespace: string, script: string): string {
  return execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], {
    input: script,
    encoding: 'utf8',
  })
}

/** From lines such as `iif "wan0" @nh,72,8 0x6 th dport 6881 dnat ip to 192.168.1.2:6881`: 6 is TCP, 0x11 UDP. */
function redirections(listing: string): string[] {
  return listing
    .split('\n')
    .flatMap(line => {
      const [, port] = /dport (\d+)/.exec(line) ?? []
      const [, to, inner] = /dnat ip to ([\d.]+):(\d+)/.exec(line) ?? []
      return to === undefined
        ? []
        : [
            `${/tcp|0x6\b/.test(line) ? 'tcp' : /udp|0x11\b/.test(line) ? 'udp' : line} ${port} ${to} ${inner}`,
          ]
    })
    .sort()
}

/** It says on its error output what it listens on. */
async function listening(daemon: ChildProcess): Promise<void> {
  for await (const chunk of daemon.stderr!) {
    if (!/listening|HTTP/i.test(String(chunk))) continue
    daemon.stderr!.resume()
    return
  }
  throw new Error('miniupnpd did not start')
}
