import { openPeerRecord, type PeerRecord } from './peer-record.ts'

/**
 * The newest record of each peer that was heard of, of at most `max` peers: who was heard of longest ago is forgotten first.
 */
export class PeerRecords {
  readonly #max: number
  readonly #byPeer: Map<string, PeerRecord> = new Map()

  constructor(max: number) {
    this.#max = max
  }

  get(peer: string): PeerRecord | undefined {
    return this.#byPeer.get(peer)
  }

  get size(): number {
    return this.#byPeer.size
  }

  /** Opens a record from the network; an older one than is known changes nothing. The newest that is known; throws `statement.invalid`. */
  take(bytes: Uint8Array): PeerRecord {
    const record = openPeerRecord(bytes)
    const known = this.#byPeer.get(record.peer)
    const newest = known !== undefined && known.seq > record.seq ? known : record
    this.#byPeer.delete(record.peer)
    this.#byPeer.set(record.peer, newest)
    if (this.#byPeer.size > this.#max) this.#byPeer.delete(this.#byPeer.keys().next().value!)
    return newest
  }
}
