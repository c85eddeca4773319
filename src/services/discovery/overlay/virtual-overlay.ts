import { equalBytes, fromUtf8, utf8, VirtualWorld } from '../../../base/index.ts'
import type { PeerRecord } from '../../../network/index.ts'
import type { Whereabouts } from '../../../wire/index.ts'
import { OverlayNode, overlayLimits } from './overlay-node.ts'

const latencyMs = 40

export interface VirtualNode {
  readonly peer: string
  readonly ip: string
  readonly node: OverlayNode
  isOn: boolean
  /** Nodes in different ones do not reach each other. */
  part: number
}

export interface Search {
  readonly found: Set<string>
  /** When the first came. */
  afterMs: number | undefined
}

/** Many nodes in virtual time. Their records are not signed: what they say is believed. For tests. */
export class VirtualOverlay {
  readonly world: VirtualWorld
  readonly nodes: Map<string, VirtualNode> = new Map()
  messages = 0
  readonly #bootstrap: string[] = []

  constructor(seed: number) {
    this.world = new VirtualWorld(seed)
  }

  add(ip: string = this.#someIp(), more: Partial<typeof overlayLimits> = {}): VirtualNode {
    const peer = `12D3Koo${String(this.nodes.size).padStart(6, '0')}`
    const { world } = this
    const record = recordOf(peer, ip)
    const node = new OverlayNode({
      world,
      self: peer,
      limits: { ...overlayLimits, ...more },
      ownRecord: () => record,
      read: readRecord,
      usable: ({ addresses }) => addresses,
      mayLink: () => true,
      dial: to => this.#later(() => this.#link(peer, to)),
      send: (to, message) => this.#send(peer, to, message),
      unlink: to => this.#later(() => this.nodes.get(to)?.node.unlinked(peer)),
      strangers: () => this.#bootstrap.map(known => ({ peer: known, addresses: ['/memory/x'] })),
    })
    const one: VirtualNode = { peer, ip, node, isOn: true, part: 0 }
    this.nodes.set(peer, one)
    if (this.#bootstrap.length < 5) this.#bootstrap.push(peer)
    node.start()
    return one
  }

  /** It is gone, without a word. */
  kill(one: VirtualNode): void {
    one.isOn = false
    one.node.stop()
    for (const { peer } of one.node.neighbours.joined)
      this.#later(() => this.nodes.get(peer)?.node.unlinked(one.peer))
  }

  /** Connections between nodes of different parts break. */
  split(partOf: (one: VirtualNode, at: number) => number): void {
    let at = 0
    for (const one of this.nodes.values()) one.part = partOf(one, at++)
    for (const one of this.living())
      for (const { peer } of one.node.neighbours.joined)
        if (this.nodes.get(peer)?.part !== one.part) one.node.unlinked(peer)
  }

  living(): VirtualNode[] {
    return [...this.nodes.values()].filter(({ isOn }) => isOn)
  }

  /** Whom a search of that node finds, and when the first. */
  search(one: VirtualNode, topic: Uint8Array): Search {
    const began = this.world.now()
    const result: Search = { found: new Set(), afterMs: undefined }
    one.node.search(
      topic,
      ({ peer }) => {
        result.found.add(peer)
        result.afterMs ??= this.world.now() - began
      },
      () => undefined,
    )
    return result
  }

  #link(from: string, to: string): void {
    const [a, b] = [this.nodes.get(from), this.nodes.get(to)]
    if (a === undefined || !a.isOn) return
    if (b === undefined || !b.isOn || b.part !== a.part) return void a.node.failed(to)
    // Both dialled: one of the streams stays.
    if (a.node.neighbours.has(to)) return
    b.node.linked(from, { outbound: false, path: 'direct', group: subnet(a.ip) })
    a.node.linked(to, { outbound: true, path: 'direct', group: subnet(b.ip) })
  }

  #send(from: string, to: string, message: Whereabouts): void {
    this.messages++
    this.#later(() => {
      const [a, b] = [this.nodes.get(from), this.nodes.get(to)]
      if (b?.isOn === true && a?.part === b.part) b.node.receive(from, message)
    })
  }

  #later(action: () => void): void {
    this.world.after(latencyMs, action)
  }

  #someIp(): string {
    const { random } = this.world
    return `${20 + random.below(60)}.${random.below(256)}.${random.below(256)}.${1 + random.below(250)}`
  }
}

/** An unsigned one. */
export function recordOf(peer: string, ip: string): Uint8Array {
  return utf8(`${peer} ${ip}`)
}

const read = new WeakMap<Uint8Array, PeerRecord>()

function readRecord(bytes: Uint8Array): PeerRecord | undefined {
  const known = read.get(bytes)
  if (known !== undefined) return known
  if (equalBytes(bytes, utf8('forged'))) return undefined
  const [peer = '', ip = ''] = (fromUtf8(bytes) ?? '').split(' ')
  const record = { peer, seq: 1, addresses: [`/ip4/${ip}/tcp/1`], envelope: bytes }
  read.set(bytes, record)
  return record
}

const subnet = (ip: string): string => ip.split('.').slice(0, 3).join('.')
