import { equalBytes } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import type { DhtContact } from '../../wire/index.ts'
import { isLocal, networkOf, slotOf } from './addresses.ts'
import { compareDistance, isSecureId, sharedBits } from './node-id.ts'

export interface TableNode extends DhtContact {
  lastSeenAt: number
  /** Questions in a row without an answer. */
  failures: number
  /** Its id fits its address (BEP 42). */
  readonly secure: boolean
}

/** Nodes of one bucket (BEP 5), and as many in reserve. */
const bucketSize = 8

interface Bucket {
  readonly nodes: TableNode[]
  /** Nodes that answered while the bucket was full, the latest last. */
  readonly reserve: TableNode[]
  changedAt: number
}

/**
 * The nodes that we know, in buckets by how many leading bits they share with our id: what splitting the bucket of our own id
 * leads to (BEP 5). One node an address (BEP 45) and a few a network: who runs a thousand ids on one machine counts once. A node
 * that works is never pushed out, except by one whose id fits its address (BEP 42) when its own does not.
 */
export class RoutingTable {
  readonly #own: Uint8Array
  readonly #maxPerNetwork: number
  readonly #buckets = new Map<number, Bucket>()
  readonly #slots = new Map<string, TableNode>()
  readonly #networks = new Map<string, number>()

  constructor(own: Uint8Array, maxPerNetwork: number) {
    this.#own = own
    this.#maxPerNetwork = maxPerNetwork
  }

  /** Nodes in use, those in reserve not counted. */
  get size(): number {
    let size = 0
    for (const bucket of this.#buckets.values()) size += bucket.nodes.length
    return size
  }

  /** A node answered a question of ours, so it is there. */
  seen(contact: DhtContact, now: number): void {
    const old = this.#slots.get(slotOf(contact))
    if (old !== undefined) {
      const same = equalBytes(old.id, contact.id)
      if (same && old.port === contact.port) {
        old.lastSeenAt = now
        old.failures = 0
        return
      }
      // Another node on a known address counts only once the one there is gone, or has changed its id (BEP 45).
      if (old.port !== contact.port && old.failures === 0) return
      this.#remove(old)
    }
    this.#add(contact, now)
  }

  #add(contact: DhtContact, now: number): void {
    const depth = sharedBits(this.#own, contact.id)
    if (depth === 160 || !this.#hasRoom(contact.address)) return
    const bucket = this.#bucket(depth, now)
    const rival = [...bucket.nodes, ...bucket.reserve].find(one => equalBytes(one.id, contact.id))
    if (rival !== undefined) {
      // Somebody else says that it is this node: the one that answers there goes on.
      if (rival.failures === 0) return
      this.#remove(rival)
    }
    const { id, address, port } = contact
    const secure = isSecureId(address, id)
    this.#place(bucket, { id, address, port, lastSeenAt: now, failures: 0, secure })
    bucket.changedAt = Math.max(bucket.changedAt, now)
  }

  /** Whether a node with this address is known. */
  knows(endpoint: Endpoint): boolean {
    return this.#slots.has(slotOf(endpoint))
  }

  /** It did not answer. After two times in a row it goes if another stands ready, after four in any case. */
  failed(contact: DhtContact): void {
    const node = this.#slots.get(slotOf(contact))
    if (node === undefined || !equalBytes(node.id, contact.id) || node.port !== contact.port) return
    node.failures++
    const bucket = this.#buckets.get(sharedBits(this.#own, node.id))!
    if (node.failures < (bucket.reserve.length > 0 ? 2 : 4)) return
    const inUse = bucket.nodes.includes(node)
    this.#remove(node)
    const next = inUse ? bucket.reserve.pop() : undefined
    if (next !== undefined) bucket.nodes.push(next)
  }

  /** The nodes nearest to a target, nearest first. */
  nearest(target: Uint8Array, count: number): TableNode[] {
    const out: TableNode[] = []
    const take = (depth: number): void => {
      for (const node of this.#buckets.get(depth)?.nodes ?? []) if (node.failures < 2) out.push(node)
    }
    // Nodes that share more with the target than we do, then those that share as much, then bit by bit less.
    const shared = sharedBits(this.#own, target)
    take(shared)
    if (out.length < count) for (const depth of this.#buckets.keys()) if (depth > shared) take(depth)
    for (let depth = shared - 1; depth >= 0 && out.length < count; depth--) take(depth)
    return out.sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count)
  }

  /** The node that has been silent longest, if longer than that. */
  mostSilent(before: number): TableNode | undefined {
    let worst: TableNode | undefined
    for (const { nodes } of this.#buckets.values())
      for (const node of nodes) if (node.lastSeenAt < (worst?.lastSeenAt ?? before)) worst = node
    return worst
  }

  /** Number of leading bits of a bucket in which nothing has changed since then. It is told once, until `touched`. */
  staleBucket(before: number): number | undefined {
    for (const [depth, bucket] of this.#buckets)
      if (bucket.changedAt < before) {
        bucket.changedAt = Number.POSITIVE_INFINITY
        return depth
      }
    return undefined
  }

  touched(depth: number, now: number): void {
    const bucket = this.#buckets.get(depth)
    if (bucket !== undefined) bucket.changedAt = now
  }

  *nodes(): Iterable<TableNode> {
    for (const { nodes } of this.#buckets.values()) yield* nodes
  }

  #place(bucket: Bucket, node: TableNode): void {
    if (bucket.nodes.length >= bucketSize) {
      const weak = bucket.nodes.find(one => one.failures >= 2 || (node.secure && !one.secure))
      if (weak === undefined) {
        if (bucket.reserve.length >= bucketSize) this.#remove(bucket.reserve[0]!)
        bucket.reserve.push(node)
        this.#note(node)
        return
      }
      this.#remove(weak)
    }
    bucket.nodes.push(node)
    this.#note(node)
  }

  #note(node: TableNode): void {
    this.#slots.set(slotOf(node), node)
    if (isLocal(node.address)) return
    const network = networkOf(node.address)
    this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1)
  }

  #remove(node: TableNode): void {
    const { nodes, reserve } = this.#buckets.get(sharedBits(this.#own, node.id))!
    for (const list of [nodes, reserve]) {
      const at = list.indexOf(node)
      if (at >= 0) list.splice(at, 1)
    }
    this.#slots.delete(slotOf(node))
    if (isLocal(node.address)) return
    const network = networkOf(node.address)
    const left = (this.#networks.get(network) ?? 1) - 1
    if (left > 0) this.#networks.set(network, left)
    else this.#networks.delete(network)
  }

  #hasRoom(address: string): boolean {
    return isLocal(address) || (this.#networks.get(networkOf(address)) ?? 0) < this.#maxPerNetwork
  }

  #bucket(depth: number, now: number): Bucket {
    let bucket = this.#buckets.get(depth)
    if (bucket === undefined) {
      bucket = { nodes: [], reserve: [], changedAt: now }
      this.#buckets.set(depth, bucket)
    }
    return bucket
  }
}
