import type { PeerageError } from '../base/index.ts'
import type { Completion } from './completion.ts'
import type { Lease } from './slab-pool.ts'
import type { StoredParts } from './stored-parts.ts'

export interface Offer {
  readonly piece: number
  /** Start of a segment in the piece. */
  readonly begin: number
  readonly length: number
  /** Room of this store that holds the bytes from its beginning on; `accept` releases it in any case. */
  readonly lease: Lease
  /** Merkle root of the segment, 32 bytes, believed by the caller. */
  readonly expected: Uint8Array
}

export type Verdict =
  | { readonly ok: true; readonly pieceDone: boolean; readonly fileDone: boolean }
  /** The bytes are not what was expected: the SHA-256 of each 16 KiB of them shows which. */
  | { readonly ok: false; readonly leaves: Uint8Array }

/** The only way in: bytes of which a worker has found that their hash is the expected one. */
export class Intake {
  readonly #parts: StoredParts
  readonly #completion: Completion
  readonly #inFlight = new Map<number, Promise<Verdict>>()

  constructor(parts: StoredParts, completion: Completion) {
    this.#parts = parts
    this.#completion = completion
  }

  accept(offer: Offer, refusal: PeerageError | undefined): Promise<Verdict> {
    const { bits, map } = this.#parts
    const file = map.pieceFile(offer.piece).index
    this.#check(offer)
    if (refusal !== undefined) {
      offer.lease.release()
      return Promise.reject(refusal)
    }
    const segment = bits.number(offer.piece, offer.begin)
    const known = this.#duplicate(segment, offer)
    if (known !== undefined) return known
    const verdict = this.#write(offer, file, segment)
    this.#inFlight.set(segment, verdict)
    return verdict
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight.values())
  }

  async #write(offer: Offer, file: number, segment: number): Promise<Verdict> {
    const { host, files, bits, content, fail } = this.#parts
    const { piece, begin, length, lease } = offer
    const offset = (piece - content.files[file]!.firstPiece) * content.pieceLength + begin
    // A copy: a view would take all bytes behind it along to the worker.
    const expected = Uint8Array.from(offer.expected)
    host.db.begin()
    try {
      const place = host.pool.locate(lease)
      const job = { op: 'accept', file: files.partRef(file), ...place, length, offset, expected } as const
      const result = await host.pool.run(job, length, laneOf(file))
      lease.release()
      if (!result.ok) return result
      bits.set(file, segment)
      const fileDone = bits.missing(file) === 0
      this.#completion.wrote(file, length)
      if (fileDone) await this.#completion.fileDone(file, result.stamp)
      return { ok: true, pieceDone: bits.have.has(piece), fileDone }
    } catch (error) {
      throw fail(error)
    } finally {
      lease.release()
      this.#inFlight.delete(segment)
    }
  }

  /** Endgame brings segments twice; two writers of one file would stand in each other's way. */
  #duplicate(segment: number, offer: Offer): Promise<Verdict> | undefined {
    const { bits } = this.#parts
    if (bits.segments.has(segment) && !this.#inFlight.has(segment)) {
      offer.lease.release()
      return Promise.resolve({ ok: true, pieceDone: bits.have.has(offer.piece), fileDone: false })
    }
    return this.#inFlight.get(segment)?.then(
      verdict => {
        if (!verdict.ok) return this.accept(offer, undefined)
        offer.lease.release()
        return { ...verdict, fileDone: false }
      },
      error => {
        offer.lease.release()
        throw error
      },
    )
  }

  #check({ piece, begin, length, lease }: Offer): void {
    const { map } = this.#parts
    const whole = Math.min(map.segmentLength, map.pieceSize(piece) - begin)
    if (begin % map.segmentLength !== 0 || length !== whole || lease.bytes.length < length)
      throw new TypeError('an offer is one whole segment')
  }
}

/** Neighbours in the tree stay with one thread: two that create files in one folder wait for its lock. */
function laneOf(file: number): number {
  return file >> 6
}
