import type { PeerageError } from '../base/index.ts'
import { segmentLeaves, treeHeight } from '../content/index.ts'
import type { Completion } from './completion.ts'
import type { AcceptJob, AcceptPart, AcceptResult, Stamp } from './io-jobs.ts'
import type { Lease } from './slab-pool.ts'
import type { StoredParts } from './stored-parts.ts'

export interface Offer {
  readonly piece: number
  /** Start of a segment in the piece. */
  readonly begin: number
  /** A whole segment, or the whole piece. */
  readonly length: number
  /** Room of this store that holds the bytes from its beginning on; `accept` releases it in any case. */
  readonly lease: Lease
  /** Merkle root of the segment, 32 bytes, or SHA-1 of the whole piece, 20 bytes, believed by the caller. */
  readonly expected: Uint8Array
  /** It is the whole piece, and `expected` its hash, though pieces are longer than a segment. */
  readonly whole?: boolean | undefined
  /** The hashes of the leaves are of interest though the bytes are right. */
  readonly wantLeaves?: boolean | undefined
}

export type Verdict =
  | {
      readonly ok: true
      readonly pieceDone: boolean
      /** Files that are whole now: a v1 piece may complete several. */
      readonly filesDone: readonly number[]
      /** SHA-256 of each 16 KiB, where `wantLeaves` asked for them. */
      readonly leaves?: Uint8Array | undefined
    }
  /** The bytes are not what was expected: the SHA-256 of each 16 KiB of them shows which (of v1 pieces: will show). */
  | { readonly ok: false; readonly leaves: Uint8Array }

/** Neighbours in the tree stay with one thread: two that create files in one folder wait for its lock. */
const laneShift = 6
const noFiles: readonly number[] = Object.freeze([])

/** The only way in: bytes of which a worker has found that their hash is the expected one. */
export class Intake {
  readonly #parts: StoredParts
  readonly #completion: Completion
  readonly #inFlight = new Map<number, Promise<Verdict>>()
  /** A file under its final name does not have the bytes that it should: nothing of it is believed. */
  readonly #discard: (file: number) => void

  constructor(parts: StoredParts, completion: Completion, discard: (file: number) => void) {
    this.#parts = parts
    this.#completion = completion
    this.#discard = discard
  }

  accept(offer: Offer, refusal: PeerageError | undefined): Promise<Verdict> {
    const { bits } = this.#parts
    this.#check(offer)
    if (refusal !== undefined) {
      offer.lease.release()
      return Promise.reject(refusal)
    }
    const segment = bits.number(offer.piece, offer.begin)
    const known = this.#duplicate(segment, offer)
    if (known !== undefined) return known
    const verdict = this.#take(offer, segment)
    this.#inFlight.set(segment, verdict)
    return verdict
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight.values())
  }

  async #take(offer: Offer, segment: number): Promise<Verdict> {
    const { host, map, fail, tries } = this.#parts
    const begun = tries()
    host.db.begin()
    try {
      const job = this.#jobFor(offer)
      const lane = map.pieceFile(offer.piece).index >> laneShift
      const result = await host.pool.run(job, offer.length, lane)
      if (!result.ok) return result
      if (result.differing !== undefined) {
        for (const part of result.differing) this.#discard(this.#fileOfPart(offer, part))
        return await this.#take(offer, segment)
      }
      offer.lease.release()
      const filesDone = await this.#book(offer, segment, result)
      return {
        ok: true,
        pieceDone: this.#parts.bits.have.has(offer.piece),
        filesDone,
        ...(result.leaves && { leaves: result.leaves }),
      }
    } catch (error) {
      throw fail(error, begun)
    } finally {
      offer.lease.release()
      this.#inFlight.delete(segment)
    }
  }

  /** The bytes are written. */
  #book(offer: Offer, segment: number, result: AcceptResult & { ok: true }): Promise<readonly number[]> {
    const { bits, content, map } = this.#parts
    const { piece, length } = offer
    if (content.version === 'v1') return this.#bookParts(piece, result)
    const file = map.pieceFile(piece).index
    if (this.#isWhole(offer)) bits.setPiece(file, piece)
    else bits.set(file, segment)
    this.#completion.wrote(file, length)
    return bits.missing(file) === 0 ? this.#complete([[file, result.stamp]]) : Promise.resolve(noFiles)
  }

  #bookParts(piece: number, result: AcceptResult & { ok: true }): Promise<readonly number[]> {
    const { bits, files, map } = this.#parts
    const parts = map.segments(piece)
    bits.set(parts[0]?.fileIndex ?? 0, piece)
    const done: [file: number, stamp: Stamp | undefined][] = []
    for (const [i, { fileIndex: file, length }] of parts.entries()) {
      if (!files.isFinal(file)) this.#completion.wrote(file, length)
      if (bits.missing(file) > 0) continue
      if (files.isFinal(file)) this.#completion.refresh(file)
      else if (!files.isSkipped(file)) done.push([file, result.stamps?.[i] ?? result.stamp])
    }
    if (parts.length === 0) this.#completion.touch()
    return done.length === 0 ? Promise.resolve(noFiles) : this.#complete(done)
  }

  async #complete(
    done: readonly (readonly [file: number, stamp: Stamp | undefined])[],
  ): Promise<readonly number[]> {
    await Promise.all(done.map(([file, stamp]) => this.#completion.fileDone(file, stamp)))
    return done.map(([file]) => file)
  }

  #jobFor(offer: Offer): AcceptJob {
    const { host, files, content, map } = this.#parts
    const { piece, begin, length, lease } = offer
    // A copy: a view would take all bytes behind it along to the worker.
    const expected = Uint8Array.from(offer.expected)
    const common = { op: 'accept', ...host.pool.locate(lease), length, expected } as const
    const wantLeaves = offer.wantLeaves
    if (content.version === 'v1') return { ...common, ...this.#places(piece, length), wantLeaves }
    const entry = map.pieceFile(piece)
    const place = {
      file: files.partRef(entry.index),
      offset: (piece - entry.firstPiece) * content.pieceLength + begin,
    }
    if (!this.#isWhole(offer)) return { ...common, ...place, wantLeaves }
    const height = treeHeight(segmentLeaves(entry.size, content.pieceLength))
    const padding = expected.length === 20 ? map.v1PieceSize(piece) - length : undefined
    return { ...common, ...place, height, padding, wantLeaves }
  }

  /** Where the bytes of a v1 piece go. */
  #places(piece: number, length: number): Pick<AcceptJob, 'file' | 'offset' | 'parts'> {
    const { files, content, map } = this.#parts
    const parts = map.segments(piece).map(({ fileIndex, begin, length, fileOffset }): AcceptPart => {
      const whole = length === content.files[fileIndex]!.size && !files.isSkipped(fileIndex)
      // What is verified and not wanted waits under its part name until it is.
      const mode = files.isFinal(fileIndex) ? 'compare' : whole ? 'whole' : 'write'
      return { file: files.partRef(fileIndex), begin, length, offset: fileOffset, mode }
    })
    const [only] = parts
    const isInside = only?.length === length && only.mode === 'write' && length < only.file.size
    if (isInside && parts.length === 1) return { file: only.file, offset: only.offset }
    return { file: undefined, offset: 0, parts }
  }

  #fileOfPart({ piece }: Offer, part: number): number {
    return this.#parts.map.segments(piece)[part]!.fileIndex
  }

  #isWhole({ piece, begin, length, expected, whole }: Offer): boolean {
    const isMeant = expected.length === 20 || whole === true
    return isMeant && begin === 0 && length === this.#parts.map.pieceSize(piece)
  }

  /** Endgame brings segments twice; two writers of one file would stand in each other's way. */
  #duplicate(segment: number, offer: Offer): Promise<Verdict> | undefined {
    const { bits } = this.#parts
    const has = this.#isWhole(offer) ? bits.have.has(offer.piece) : bits.segments.has(segment)
    if (has && !this.#inFlight.has(segment)) {
      offer.lease.release()
      return Promise.resolve({ ok: true, pieceDone: bits.have.has(offer.piece), filesDone: noFiles })
    }
    return this.#inFlight.get(segment)?.then(
      verdict => {
        if (!verdict.ok) return this.accept(offer, undefined)
        offer.lease.release()
        return { ...verdict, filesDone: noFiles }
      },
      error => {
        offer.lease.release()
        throw error
      },
    )
  }

  #check(offer: Offer): void {
    const { map } = this.#parts
    const { piece, begin, length, lease, expected } = offer
    const segment = Math.min(map.segmentLength, map.pieceSize(piece) - begin)
    const fits = this.#isWhole(offer) || (expected.length === 32 && length === segment)
    if (begin % map.segmentLength !== 0 || !fits || lease.bytes.length < length)
      throw new TypeError('an offer is one whole segment or one whole piece')
  }
}
