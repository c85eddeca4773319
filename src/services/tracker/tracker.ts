import { PeerageError, toHex, type World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import {
  type Announced,
  addressBytes,
  addressText,
  binaryString,
  decodeUdpTrackerRequest,
  encodeUdpAnnounced,
  encodeUdpConnected,
  encodeUdpRefused,
  encodeUdpScraped,
  type SwarmCounts,
  type TrackerQuery,
  type UdpTrackerRequest,
} from '../../wire/index.ts'
import type { TrackerConfig } from './config.ts'
import { ConnectionIds } from './connection-ids.ts'
import { reachOf } from './peer-table.ts'
import { type Announcement, Swarms, type Told } from './swarms.ts'

export interface TrackerParts {
  readonly world: World
  readonly config: TrackerConfig
  /** Whether this peer has that content (20 bytes) on the public network. */
  isOwn(infoHash: Uint8Array): boolean
}

/** How a tracker is doing, since it was started. */
export interface TrackerCounts {
  readonly contents: number
  readonly peers: number
  readonly announces: number
  readonly scrapes: number
  readonly refused: number
}

/** How many peers are told to who does not say. */
const usualWanted = 50
/** Of an answer over UDP, so that it fits into one packet everywhere, in bytes. */
const maxUdpPeersBytes = 1_380

/** A tracker: what it answers to whom. Decides only; knows neither sockets nor clocks. */
export class Tracker {
  readonly swarms: Swarms
  readonly #parts: TrackerParts
  readonly #ids: ConnectionIds
  readonly #listed: ReadonlySet<string>
  #announces = 0
  #scrapes = 0
  #refused = 0

  constructor(parts: TrackerParts) {
    this.#parts = parts
    this.swarms = new Swarms(parts.world, parts.config)
    this.#ids = new ConnectionIds(parts.world)
    // BEP 52: trackers know a v2 content by the first 20 bytes of its name.
    this.#listed = new Set(parts.config.listed.map(hex => hex.slice(0, 40).toLowerCase()))
  }

  counts(): TrackerCounts {
    const { contents, peers } = this.swarms
    return {
      contents,
      peers,
      announces: this.#announces,
      scrapes: this.#scrapes,
      refused: this.#refused,
    }
  }

  /** Throws `wire.invalid`, `access.denied` or `network.limit` with words for the client. */
  announce(query: TrackerQuery, from: string): Announced {
    const { config } = this.#parts
    const [infoHash] = query.infoHashes
    const { port, left = 1, event } = query
    if (infoHash === undefined) throw this.#refuse('wire.invalid', 'Which content? There is no info_hash.')
    if (port === undefined) throw this.#refuse('wire.invalid', 'There is no port.')
    const external = addressBytes(from)
    const wanted = Math.min(config.maxWanted, query.wanted ?? usualWanted)
    const told = this.#announce({
      infoHash,
      compact: compactOf(this.#addressOf(query.ip, external), port),
      isSeed: left === 0,
      event,
      wanted: { 4: wanted, 6: wanted },
    })
    return {
      ...told,
      interval: this.#interval(),
      minInterval: Math.ceil(config.minIntervalMs / 1000),
      externalIp: external,
    }
  }

  /** By info hash as binary string; those that nobody announced have zeros. Throws like `announce`. */
  scrape(infoHashes: readonly Uint8Array[]): ReadonlyMap<string, SwarmCounts> {
    this.#scrapes++
    if (infoHashes.length === 0)
      throw this.#refuse('access.denied', 'Say which contents: this tracker lists none.')
    return new Map(infoHashes.map(hash => [binaryString(hash), this.#countsOf(hash)]))
  }

  /** Whether a packet is a request to a tracker, and not one of the other protocols on the port. */
  static isRequest(bytes: Uint8Array): boolean {
    if (bytes.length < 16 || bytes[8] !== 0 || bytes[9] !== 0 || bytes[10] !== 0) return false
    const action = bytes[11]!
    if (action === 0) return bytes[0] === 0 && bytes[2] === 0x04 && bytes[3] === 0x17 && bytes[4] === 0x27
    return action <= 2 && ConnectionIds.looksRight(bytes)
  }

  /** The answer to one packet; undefined when it deserves none. Nobody gets more than it sent before its address is proven. */
  answerUdp(bytes: Uint8Array, from: Endpoint): Uint8Array | undefined {
    const request = decodeUdpTrackerRequest(bytes)
    if (request === undefined) return undefined
    const { transaction } = request
    if (request.type === 'connect') return encodeUdpConnected(transaction, this.#ids.make(from.address))
    if (!this.#ids.isGood(request.connection, from.address))
      return encodeUdpRefused(transaction, 'Connect again.')
    try {
      return request.type === 'announce'
        ? this.#announceUdp(request, from)
        : encodeUdpScraped(transaction, this.#scrapeUdp(request.infoHashes))
    } catch (error) {
      if (error instanceof PeerageError) return encodeUdpRefused(transaction, error.message)
      throw error
    }
  }

  #announceUdp(
    { transaction, infoHash, left, event, wanted, port }: UdpTrackerRequest & { type: 'announce' },
    { address }: Endpoint,
  ): Uint8Array {
    const family = address.includes(':') ? 6 : 4
    const room = Math.floor(maxUdpPeersBytes / (family === 6 ? 18 : 6))
    const most = Math.min(this.#parts.config.maxWanted, room, wanted < 0 ? usualWanted : wanted)
    const told = this.#announce({
      infoHash,
      compact: compactOf(addressBytes(address), port),
      isSeed: left === 0,
      event,
      wanted: { 4: family === 4 ? most : 0, 6: family === 6 ? most : 0 },
    })
    const peers = family === 4 ? told.peers : told.peers6
    return encodeUdpAnnounced(transaction, { ...told, interval: this.#interval() }, peers)
  }

  #scrapeUdp(infoHashes: readonly Uint8Array[]): SwarmCounts[] {
    this.#scrapes++
    return infoHashes.map(hash => this.#countsOf(hash))
  }

  #announce(announcement: Announcement): Told {
    if (!this.#serves(announcement.infoHash))
      throw this.#refuse('access.denied', 'This tracker does not serve that content.')
    this.#announces++
    try {
      return this.swarms.announce(announcement)
    } catch (error) {
      this.#refused++
      throw error
    }
  }

  #countsOf(hash: Uint8Array): SwarmCounts {
    return this.swarms.counts(hash) ?? { seeds: 0, leeches: 0, completed: 0 }
  }

  #serves(infoHash: Uint8Array): boolean {
    const { config, isOwn } = this.#parts
    if (config.contents === 'any' || this.#listed.has(toHex(infoHash))) return true
    return config.contents === 'own' && isOwn(infoHash)
  }

  /** Not all at the same second, for ever after they began together. */
  #interval(): number {
    const { world, config } = this.#parts
    return Math.ceil((config.intervalMs / 1000) * (0.9 + world.random.fraction() / 5))
  }

  /** What a neighbour says of itself is believed when the configuration says so; of strangers never. */
  #addressOf(said: string | undefined, external: Uint8Array): Uint8Array {
    const most = { never: -1, loopback: 0, lan: 1 }[this.#parts.config.believeIp]
    if (said === undefined || reachOf(external, 0, external.length > 4) > most) return external
    try {
      const address = addressBytes(said)
      // As others would write it: an IPv4 address inside an IPv6 one is that.
      return addressBytes(addressText(address))
    } catch {
      return external
    }
  }

  #refuse(code: 'wire.invalid' | 'access.denied', message: string): PeerageError {
    this.#refused++
    return new PeerageError(code, message)
  }
}

function compactOf(address: Uint8Array, port: number): Uint8Array {
  const out = new Uint8Array(address.length + 2)
  out.set(address)
  out[address.length] = port >> 8
  out[address.length + 1] = port
  return out
}
