import type { World } from '../../base/index.ts'
import type { DatagramProtocol, Datagrams, Endpoint } from '../datagrams.ts'
import { encodeCall } from './igd.ts'
import { toIp16 } from './ip-bytes.ts'
import type { GatewayMethod } from './port-opener.ts'
import { routerPort } from './router-talk.ts'
import type { AskRouter } from './upnp-opener.ts'
import { childText, elementsNamed, parseXml } from './xml.ts'

const type = 'urn:schemas-upnp-org:service:WANIPConnection:1'

export interface Entry {
  readonly client: string
  readonly internalPort: number
  readonly lifetimeSeconds: number
}

/** A router with what a test wants of it: it reads and writes bytes by itself, so that both sides cannot be wrong in the same way. */
export class SimulatedRouter implements Datagrams {
  readonly address: string = '192.168.1.1'
  readonly port: number = 4001
  readonly families: readonly (4 | 6)[] = [4]
  externalAddress = '203.0.113.7'
  /** What it understands. */
  readonly methods: Set<GatewayMethod> = new Set(['pcp', 'nat-pmp', 'upnp'])
  /** Open ports, by `tcp 4001`. */
  readonly entries: Map<string, Entry> = new Map()
  /** What it was asked, in its order: `pcp 1`, `upnp AddPortMapping`. */
  readonly asked: string[] = []
  /** Result of PCP and NAT-PMP for each wish; error code of UPnP. */
  refuses = 0
  grants: number = Number.POSITIVE_INFINITY
  permanentOnly = false
  /** Outside ports that another machine has. */
  readonly taken: Set<number> = new Set()
  #startedAt: number
  readonly #world: World
  readonly #protocols: DatagramProtocol[] = []

  constructor(world: World) {
    this.#world = world
    this.#startedAt = world.now() - 1_000_000
  }

  /** It forgets everything. */
  restart(): void {
    this.entries.clear()
    this.#startedAt = this.#world.now()
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (to.port === 1900) this.#search(bytes)
    if (to.address !== this.address || to.port !== routerPort) return
    if (bytes[0] === 2) this.#pcp(bytes)
    else if (bytes[0] === 0) this.#natPmp(bytes)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => void this.#protocols.splice(this.#protocols.indexOf(protocol), 1)
  }

  /** A datagram that comes to the machine. */
  deliver(bytes: Uint8Array, from: Endpoint): void {
    this.#protocols.find(one => one.matches(bytes, from))?.receive(bytes, from)
  }

  readonly ask: AskRouter = async (_url, call) => {
    if (call === undefined)
      return `<root><device><service><serviceType>${type}</serviceType><controlURL>/c</controlURL></service></device></root>`
    const action = call.action.split('#')[1]!
    this.asked.push(`upnp ${action}`)
    const [given] = elementsNamed(parseXml(call.body), action)
    const value = (name: string): string => childText(given!, name) ?? ''
    const key = `${value('NewProtocol').toLowerCase()} ${value('NewExternalPort')}`
    const entry = this.entries.get(key)
    const fault = (code: number): string =>
      `<s:Envelope><UPnPError><errorCode>${code}</errorCode></UPnPError></s:Envelope>`
    const answer = (out: Readonly<Record<string, string | number>>): string =>
      encodeCall(type, `${action}Response`, out)
    if (action === 'GetExternalIPAddress') return answer({ NewExternalIPAddress: this.externalAddress })
    if (action === 'GetSpecificPortMappingEntry')
      return entry === undefined
        ? fault(714)
        : answer({ NewInternalPort: entry.internalPort, NewInternalClient: entry.client, NewEnabled: 1 })
    if (action === 'DeletePortMapping') return this.entries.delete(key) ? answer({}) : fault(714)
    if (this.refuses !== 0) return fault(this.refuses)
    if (this.taken.has(Number(value('NewExternalPort')))) return fault(718)
    const lifetimeSeconds = Number(value('NewLeaseDuration'))
    if (this.permanentOnly && lifetimeSeconds !== 0) return fault(725)
    const internalPort = Number(value('NewInternalPort'))
    this.entries.set(key, { client: value('NewInternalClient'), internalPort, lifetimeSeconds })
    return answer({})
  }

  #search(bytes: Uint8Array): void {
    if (!this.methods.has('upnp') || !new TextDecoder().decode(bytes).includes(':InternetGatewayDevice:1'))
      return
    const lines = [
      'HTTP/1.1 200 OK',
      'ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1',
      `LOCATION: http://${this.address}/d`,
    ]
    this.#answer(new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`), 1900)
  }

  #pcp(bytes: Uint8Array): void {
    if (!this.methods.has('pcp')) {
      if (this.methods.has('nat-pmp')) this.#answer(Uint8Array.of(0, 0x80, 0, 1, 0, 0, 0, 0))
      return
    }
    this.asked.push(`pcp ${bytes[1]}`)
    const answer = bytes.slice()
    const view = new DataView(answer.buffer)
    answer[1]! |= 0x80
    answer[3] = bytes[1] === 1 ? this.refuses : 0
    view.setUint32(8, this.#epoch())
    answer.fill(0, 12, 24)
    if (bytes[1] === 1 && this.refuses === 0) {
      const protocol = bytes[36] === 6 ? 'tcp' : 'udp'
      const lifetime = view.getUint32(4)
      const port = this.#map(protocol, view.getUint16(40), view.getUint16(42), lifetime)
      view.setUint32(4, Math.min(lifetime, this.grants))
      view.setUint16(42, port)
      answer.set(toIp16(this.externalAddress), 44)
    }
    this.#answer(answer)
  }

  #natPmp(bytes: Uint8Array): void {
    if (!this.methods.has('nat-pmp')) return
    this.asked.push(`nat-pmp ${bytes[1]}`)
    const isMap = bytes[1] !== 0
    const answer = new Uint8Array(isMap ? 16 : 12)
    const view = new DataView(answer.buffer)
    answer[1] = 0x80 | bytes[1]!
    answer[3] = isMap ? this.refuses : 0
    view.setUint32(4, this.#epoch())
    if (isMap) {
      const asked = new DataView(bytes.buffer, bytes.byteOffset)
      const [internal, external, lifetime] = [asked.getUint16(4), asked.getUint16(6), asked.getUint32(8)]
      view.setUint16(8, internal)
      if (this.refuses === 0)
        view.setUint16(10, this.#map(bytes[1] === 2 ? 'tcp' : 'udp', internal, external, lifetime))
      view.setUint32(12, Math.min(lifetime, this.grants))
    } else answer.set(toIp16(this.externalAddress).subarray(12), 8)
    this.#answer(answer)
  }

  /** The port outside; 0 when the mapping was removed. */
  #map(protocol: 'tcp' | 'udp', internalPort: number, wished: number, lifetimeSeconds: number): number {
    const client = '192.168.1.7'
    const old = [...this.entries].find(
      ([key, one]) => key.startsWith(protocol) && one.internalPort === internalPort,
    )
    if (lifetimeSeconds === 0) {
      if (old !== undefined) this.entries.delete(old[0])
      return 0
    }
    const port =
      old !== undefined ? Number(old[0].slice(4)) : this.taken.has(wished) ? wished + 1_000 : wished
    this.entries.set(`${protocol} ${port}`, { client, internalPort, lifetimeSeconds })
    return port
  }

  #epoch(): number {
    return Math.floor((this.#world.now() - this.#startedAt) / 1000)
  }

  #answer(bytes: Uint8Array, port: number = routerPort): void {
    this.#world.after(1, () => this.deliver(bytes, { address: this.address, port }))
  }
}
