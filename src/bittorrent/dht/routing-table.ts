import { toHex } from '../../base/index.ts'
import type { DhtContact } from '../../wire/index.ts'
import { compareDistance, isSecureId, sharedBits } from './node-id.ts'

export interface TableNode extends DhtContact {
  lastSeenAt: number
  failures: number
  readonly secure: boolean
}

/** Nodes of one bucket (BEP 5), and as many in reserve. */
const bucketSize = 8

interface Bucket {
  readonly nodes: TableNode[]
  readonly reserve: TableNode[]
  changedAt: number
}

/**
 * The nodes that we know, in buckets by how many leading bits they share with our id (BEP 5). One node an address (BEP 45): who runs
 * a thousand ids on one machine counts once. A node that works is never pushed out, except by one whose id fits its address
 * (BEP 42) when its own does not.
 */
export class RoutingTable {
  readonly #own: Uint8Array
  readonly #buckets = new Map<number, Bucket>()
  readonly #addresses = new Map<string, string>()

  constructor(own: Uint8Array) {
    this.#own = own
  }

  get size(): number {
    let size = 0
    for (const bucket of this.#buckets.values()) size += bucket.nodes.length
    return size
  }

  /** A node answered, or asked: it is there. */
  seen(contact: DhtContact, now: number): void {
    const depth = sharedBits(this.#own, contact.id)
    if (depth === 160) return
    const id = toHex(contact.id)
    const known = this.#addresses.get(contact.address)
    if (known !== undefined && known !== id) return
    const bucket = this.#bucket(depth, now)
    const old = find(bucket.nodes, id) ?? find(bucket.reserve, id)
    if (old !== undefined) {
      // Somebody else says that it is this node: the one that answers there goes on.
      if (old.address !== contact.address || old.port !== contact.port) return
      old.lastSeenAt = now
      old.failures = 0
      return
    }
    const node: TableNode = {
      ...contact,
      lastSeenAt: now,
      failures: 0,
      secure: isSecureId(contact.address, contact.id),
    }
    if (this.#place(bucket, node)) {
      this.#addresses.set(contact.address, id)
      bucket.changedAt = now
    }
  }

  /** Whether a node with this address is known. */
  knows(address: string): boolean {
    return this.#addresses.has(address)
  }

  /** It did not answer. After two times in a row it goes, if another stands ready at once. */
  failed(contact: DhtContact): void {
    const bucket = this.#buckets.get(sharedBits(this.#own, contact.id))
    const id = toHex(contact.id)
    const node = bucket && find(bucket.nodes, id)
    if (bucket === undefined || node === undefined || node.address !== contact.address) return
    node.failures++
    const [next] = bucket.reserve
    if (node.failures < 2 || (next === undefined && node.failures < 4)) return
    bucket.nodes.splice(bucket.nodes.indexOf(node), 1)
    this.#addresses.delete(node.address)
    if (next === undefined) return
    bucket.reserve.shift()
    bucket.nodes.push(next)
  }

  /** The nodes nearest to a target, nearest first. */
  nearest(target: Uint8Array, count: number): TableNode[] {
    const all: TableNode[] = []
    for (const { nodes } of this.#buckets.values())
      for (const node of nodes) if (node.failures < 2) all.push(node)
    return all.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, count)
  }

  /** The node that has been silent longest, if longer than that. */
  mostSilent(before: number): TableNode | undefined {
    let worst: TableNode | undefined
    for (const { nodes } of this.#buckets.values())
      for (const node of nodes) if (node.lastSeenAt < (worst?.lastSeenAt ?? before)) worst = node
    return worst
  }

  /** Number of leading bits of a bucket in which nothing has changed since then. */
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

  #place(bucket: Bucket, node: TableNode): boolean {
    if (bucket.nodes.length < bucketSize) {
      bucket.nodes.push(node)
      return true
    }
    const weak = bucket.nodes.find(one => one.failures >= 2 || (node.secure && !one.secure))
    if (weak !== undefined) {
      bucket.nodes[bucket.nodes.indexOf(weak)] = node
      this.#addresses.delete(weak.address)
      return true
    }
    if (bucket.reserve.length >= bucketSize) {
      const [gone] = bucket.reserve.splice(0, 1)
      this.#addresses.delete(gone!.address)
    }
    bucket.reserve.push(node)
    return true
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

function find(nodes: readonly TableNode[], id: string): TableNode | undefined {
  return nodes.find(node => toHex(node.id) === id)
}
