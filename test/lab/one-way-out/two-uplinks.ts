import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Starter } from '../../../bench/child.ts'
import { ip, quietly, removeNamespace } from '../namespaces.ts'

/** Where a machine with a VPN is, and everything else. */
export const vpnAddress = '10.9.0.2'
/** The far end of the VPN, where proxies are. */
export const farEnd = '10.9.0.1'
/** What is reached over both uplinks. */
export const internet = '203.0.113.1'

const rate = '24mbit'
let count = 0

/** A machine with two uplinks to the same internet: `vpn0`, which is to be used, and `wan0`, which the default route prefers. */
export class TwoUplinks implements AsyncDisposable {
  readonly #host: string
  readonly #far: string
  readonly #children: ChildProcess[] = []

  constructor() {
    count += 1
    this.#host = `peerage-${process.pid}-${count}-7001`
    this.#far = `peerage-${process.pid}-${count}-7002`
    ip('netns', 'add', this.#host)
    ip('netns', 'add', this.#far)
    for (const name of [this.#host, this.#far]) ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', this.#far, 'address', 'add', `${internet}/32`, 'dev', 'lo')
    this.#connect('vpn0', vpnAddress, farEnd)
    this.#connect('wan0', '10.8.0.2', '10.8.0.1')
    this.host('address', 'add', 'fd08::2/64', 'dev', 'wan0', 'nodad')
    this.host('route', 'add', 'default', 'via', '10.8.0.1', 'dev', 'wan0', 'metric', '10')
    this.host('-6', 'route', 'add', 'default', 'via', 'fd08::1', 'dev', 'wan0')
    this.routeOverVpn()
  }

  /** Runs `ip` on the machine. */
  host(...words: string[]): void {
    ip('-n', this.#host, ...words)
  }

  routeOverVpn(): void {
    this.host('route', 'replace', 'default', 'via', farEnd, 'dev', 'vpn0', 'metric', '100')
  }

  readonly here: Starter = command => this.#run(this.#host, command)
  readonly there: Starter = command => this.#run(this.#far, command)

  /** Begins to write down every packet that leaves over an uplink, as far as a filter lets it through. */
  async watch(device: string, filter = ''): Promise<{ stop(): Promise<string[]> }> {
    const [{ address }] = JSON.parse(ip('-n', this.#host, '-j', 'link', 'show', device))
    const leaving = `ether src ${address}${filter === '' ? '' : ` and (${filter})`}`
    const child = this.#run(this.#host, ['tshark', '-l', '-n', '-i', device, '-f', leaving])
    let seen = ''
    child.stdout!.on('data', chunk => (seen += chunk))
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.stderr!.on('data', chunk => {
        said += chunk
        if (said.includes('Capturing on')) resolve()
      })
      child.once('close', () => reject(new Error(`tshark watches nothing: ${said}`)))
    })
    return {
      async stop() {
        child.kill('SIGINT')
        await once(child, 'close')
        return seen.split('\n').filter(Boolean)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    removeNamespace(this.#host)
    removeNamespace(this.#far)
  }

  #connect(device: string, near: string, far: string): void {
    const other = `${device}r`
    ip('-n', this.#host, 'link', 'add', device, 'type', 'veth', 'peer', 'name', other, 'netns', this.#far)
    this.host('address', 'add', `${near}/24`, 'dev', device)
    ip('-n', this.#far, 'address', 'add', `${far}/24`, 'dev', other)
    // Of what the kernel says on its own nothing is to be seen: it asks for no routers, and says which groups it is in within
    // milliseconds instead of seconds that are drawn by chance, so long before anybody watches.
    const settings = [
      'accept_ra=0',
      'router_solicitations=0',
      'router_solicitation_delay=0',
      'dad_transmits=0',
      'mldv2_unsolicited_report_interval=1',
    ].map(setting => `net.ipv6.conf.${device}.${setting}`)
    execFileSync('ip', ['netns', 'exec', this.#host, 'sysctl', '-qw', ...settings])
    this.host('link', 'set', device, 'up')
    ip('-n', this.#far, 'link', 'set', other, 'up')
    const shape = ['root', 'tbf', 'rate', rate, 'burst', '32kb', 'latency', '200ms']
    quietly('tc', ['-n', this.#far, 'qdisc', 'add', 'dev', other, ...shape])
  }

  #run(name: string, command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', name, ...command], { stdio: 'pipe' })
    this.#children.push(child)
    return child
  }
}
