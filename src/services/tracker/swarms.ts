import { PeerageError, type World } from '../../base/index.ts'
import { type AnnounceRequest, binaryString, type SwarmCounts } from '../../wire/index.ts'
import type { TrackerConfig } from './config.ts'
import { type Owner, ownerOf, PeerTable, reachOf } from './peer-table.ts'

/** A peer that says where it is and how far. */
export interface Announcement {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** Its address and port, compact; port 0 is a peer that nobody can reach. */
  readonly compact: Uint8Array
  readonly isSeed: boolean
  readonly event: AnnounceRequest['event']
  /** How many peers of each family it is told at most. */
  readonly wanted: { readonly 4: number; readonly 6: number }
}

export interface Told extends SwarmCounts {
  readonly peers: Uint8Array
  readonly peers6: Uint8Array
}

interface Content {
  readonly 4: PeerTable
  6?: PeerTable
  completed: number
}

const none = new Uint8Array(0)
const nobody: SwarmCounts = { seeds: 0, leeches: 0, completed: 0 }
/** Peers that were silent for so many intervals are gone. */
const patience = 2.2

/** Who has which content, by what they announced. Decides only; everything is bounded. */
export class Swarms {
  readonly #world: World
  readonly #config: TrackerConfig
  readonly #contents = new Map<string, Content>()
  readonly #owned = new Map<Owner, number>()
  #peers = 0

  constructor(world: World, config: TrackerConfig) {
    this.#world = world
    this.#config = config
  }

  get contents(): number {
    return this.#contents.size
  }

  get peers(): number {
    return this.#peers
  }

  /** Throws `network.limit` when it is a new content and there are enough. A peer too many is told of others, but not remembered. */
  announce({ infoHash, compact, isSeed, event, wanted }: Announcement): Told {
    const name = binaryString(infoHash)
    const family = compact.length > 6 ? 6 : 4
    const known = this.#contents.get(name)
    if (event === 'stopped') {
      if (known !== undefined) this.#leave(known, family, compact)
      return { ...countsOf(known), peers: none, peers6: none }
    }
    const content = known ?? this.#begin(name)
    const row = this.#enter(content, family, compact, isSeed, event)
    const reach = reachOf(compact, 0, family === 6)
    const sample = (of: 4 | 6): Uint8Array =>
      content[of]?.sample(wanted[of], {
        self: of === family ? row : -1,
        // A seed has nothing to ask of a seed.
        seedsToo: !isSeed,
        reach,
        below: bound => this.#world.random.below(bound),
      }) ?? none
    return { ...countsOf(content), peers: sample(4), peers6: sample(6) }
  }

  /** Undefined: nobody ever announced it. */
  counts(infoHash: Uint8Array): SwarmCounts | undefined {
    const content = this.#contents.get(binaryString(infoHash))
    return content && countsOf(content)
  }

  /** Forgets whoever did not come again. */
  expire(): void {
    const before = this.#now() - Math.ceil((this.#config.intervalMs * patience) / 1000)
    for (const [name, content] of this.#contents) {
      for (const family of [4, 6] as const) content[family]?.expire(before, owner => this.#release(owner))
      if (content[4].count === 0 && (content[6]?.count ?? 0) === 0) this.#contents.delete(name)
    }
  }

  #begin(name: string): Content {
    if (this.#contents.size >= this.#config.maxContents)
      throw new PeerageError('network.limit', 'This tracker is full.')
    const content: Content = { 4: new PeerTable(4), completed: 0 }
    this.#contents.set(name, content)
    return content
  }

  /** The row of the peer; -1 when it is not remembered. */
  #enter(
    content: Content,
    family: 4 | 6,
    compact: Uint8Array,
    isSeed: boolean,
    event: AnnounceRequest['event'],
  ): number {
    if (compact[compact.length - 1] === 0 && compact[compact.length - 2] === 0) return -1
    if (family === 6) content[6] ??= new PeerTable(6)
    const table = content[family]!
    const row = table.find(compact)
    // Whoever was complete before cannot complete again.
    if (event === 'completed' && isSeed && (row < 0 || !table.isSeed(row))) content.completed++
    if (row >= 0) table.touch(row, isSeed, this.#now())
    else if (!this.#hasRoom(table, compact)) return -1
    else if (table.add(compact, isSeed, this.#now(), this.#config.maxPortsPerAddress)) {
      this.#peers++
      const owner = ownerOf(compact)
      this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1)
    }
    return table.find(compact)
  }

  #hasRoom(table: PeerTable, compact: Uint8Array): boolean {
    const { maxPeers, maxPeersPerContent, maxPeersPerAddress } = this.#config
    return (
      this.#peers < maxPeers &&
      table.count < maxPeersPerContent &&
      (this.#owned.get(ownerOf(compact)) ?? 0) < maxPeersPerAddress
    )
  }

  #leave(content: Content, family: 4 | 6, compact: Uint8Array): void {
    const table = content[family]
    const row = table?.find(compact) ?? -1
    if (table === undefined || row < 0) return
    table.remove(row)
    this.#release(ownerOf(compact))
  }

  #release(owner: Owner): void {
    this.#peers--
    const left = (this.#owned.get(owner) ?? 1) - 1
    if (left === 0) this.#owned.delete(owner)
    else this.#owned.set(owner, left)
  }

  #now(): number {
    return Math.floor(this.#world.now() / 1000)
  }
}

/** A peer that is reached over both families counts for each. */
function countsOf(content: Content | undefined): SwarmCounts {
  if (content === undefined) return nobody
  const { 4: four, 6: six, completed } = content
  const seeds = four.seeds + (six?.seeds ?? 0)
  return { seeds, leeches: four.count + (six?.count ?? 0) - seeds, completed }
}
