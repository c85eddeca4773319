import { PeerageError } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import { isPlausible } from './addresses.ts'
import { BloomFilter } from './bloom-filter.ts'
import type { DhtNode } from './dht-node.ts'
import {
  type DhtItem,
  isMutable,
  type MutableItem,
  receivedItem,
  targetOf,
  type VerifySignature,
} from './item.ts'

export interface GetPeersOptions {
  /** The port to announce; absent: only look. */
  readonly announcePort?: number | undefined
  /** The port of the router that leads there in IPv4, when it has opened one. */
  readonly mappedPort?: number | undefined
  /** We have the whole content (BEP 33). */
  readonly seed?: boolean | undefined
  readonly signal: AbortSignal
  onPeers(peers: readonly Endpoint[]): void
}

/** How a write went. */
export interface Stored {
  /** Nodes that took it. */
  readonly nodes: number
  /** Error codes of those that did not (`krpcErrors`). */
  readonly refusals: readonly number[]
}

const ownPeers = 50

/** Looks for the peers of a swarm, and announces us to the nodes nearest to its name. */
export async function getPeers(node: DhtNode, name: Uint8Array, options: GetPeersOptions): Promise<void> {
  const { signal, onPeers, announcePort, mappedPort, seed = false } = options
  const own = node.answers.peers.some(name, ownPeers)
  if (own.length > 0) onPeers(own)
  const found = await node.walk(
    { method: 'get_peers', target: name, ...(seed && { noSeed: true }) },
    {
      signal,
      onAnswer: ({ peers }, from) => {
        const good = peers.filter(peer => node.isOwn(peer.address) && isPlausible(peer, from.address))
        if (good.length > 0) onPeers(good)
      },
    },
  )
  if (announcePort === undefined || signal.aborted) return
  await Promise.allSettled(
    found.map(async to => {
      const { token } = to.answer
      // Behind a NAT the port that datagrams come from is the one that is open; ours is the same for TCP and UDP. Unless the router
      // has said which it is.
      const mapped = to.address.includes(':') ? undefined : mappedPort
      const impliedPort = mapped === undefined
      const query = { target: name, port: mapped ?? announcePort, impliedPort, seed } as const
      if (token !== undefined) await node.ask(to, { method: 'announce_peer', token, ...query })
    }),
  )
}

/** The filters of all nodes near the name, united (BEP 33). */
export async function scrape(
  node: DhtNode,
  name: Uint8Array,
  signal?: AbortSignal,
): Promise<{ seeds: BloomFilter; peers: BloomFilter }> {
  const seeds = new BloomFilter()
  const peers = new BloomFilter()
  const own = node.answers.peers.scrape(name)
  if (own !== undefined) {
    seeds.unite(own.seeds)
    peers.unite(own.peers)
  }
  await node.walk(
    { method: 'get_peers', target: name, scrape: true },
    {
      signal,
      onAnswer: ({ bloom, peers: values }, from) => {
        // BEP 33, "handling legacy responses".
        if (bloom === undefined)
          for (const peer of values.filter(one => isPlausible(one, from.address))) peers.add(peer.address)
        else if (isCredible(bloom.seeds) && isCredible(bloom.peers)) {
          seeds.unite(bloom.seeds)
          peers.unite(bloom.peers)
        }
      },
    },
  )
  return { seeds, peers }
}

/** BEP 33 allows 6,000 entries in a filter: one that is fuller is a lie that would drown all others. */
function isCredible(filter: Uint8Array): boolean {
  return new BloomFilter(filter).estimate <= 6_500
}

/** The item under a target; of a mutable one the newest that any node near it has. */
export async function getItem(
  node: DhtNode,
  target: Uint8Array,
  options: { salt: Uint8Array; verify: VerifySignature; signal?: AbortSignal | undefined },
): Promise<DhtItem | undefined> {
  const { salt, verify, signal } = options
  const found = new AbortController()
  let best = node.answers.items.get(target)
  if (best !== undefined && !isMutable(best)) return best
  await node.walk(
    { method: 'get', target },
    {
      signal: signal === undefined ? found.signal : AbortSignal.any([signal, found.signal]),
      onAnswer: answer => {
        if (best !== undefined && isMutable(best) && (answer.seq ?? 0n) <= best.seq) return
        const item = receivedItem(answer, target, salt, verify)
        if (item === undefined) return
        best = item
        if (!isMutable(item)) found.abort()
      },
    },
  )
  return best
}

/** Stores an item at the nodes nearest to its target. */
export async function putItem(
  node: DhtNode,
  item: DhtItem,
  options: { cas?: bigint | undefined; signal?: AbortSignal | undefined },
): Promise<Stored> {
  const { cas, signal } = options
  const found = await node.walk({ method: 'get', target: targetOf(item) }, { signal })
  if (signal?.aborted) return { nodes: 0, refusals: [] }
  const outcomes = await Promise.allSettled(
    found.flatMap(to => {
      const { token, seq } = to.answer
      if (token === undefined) return []
      // BEP 44, "CAS": not for nodes that have nothing yet.
      const swap = cas !== undefined && seq !== undefined ? { cas } : {}
      return [node.ask(to, { method: 'put', token, ...fieldsOf(item), ...swap })]
    }),
  )
  return {
    nodes: outcomes.filter(one => one.status === 'fulfilled').length,
    refusals: outcomes.flatMap(one => (one.status === 'rejected' ? codeIn(one.reason) : [])),
  }
}

/** BEP 44: an empty salt is none. */
function fieldsOf(item: DhtItem): Partial<MutableItem> {
  if (!isMutable(item) || item.salt.length > 0) return item
  const { value, publicKey, seq, signature } = item
  return { value, publicKey, seq, signature }
}

function codeIn(error: unknown): number[] {
  const code = error instanceof PeerageError ? error.details.code : undefined
  return typeof code === 'number' ? [code] : []
}
