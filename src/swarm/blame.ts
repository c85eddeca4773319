import { differingHashes, type HashTree } from '../content/index.ts'
import type { HashFields } from '../wire/index.ts'
import type { SegmentDownload } from './segment-download.ts'

export interface BlameParts {
  /** Absent for v1 content. */
  readonly tree: HashTree | undefined
  /** Leaf hashes are needed; `hashesArrived` when they may be there. */
  want(fields: HashFields): void
  /** `peer` is proven to have sent false bytes. */
  onLiar(peer: string, piece: number): void
}

interface Case {
  readonly piece: number
  readonly segment: number
  /** What the leaves really hashed to. */
  readonly leaves: Uint8Array
  readonly suppliers: readonly (string | undefined)[]
}

const mostCases = 64

/**
 * Finds out who lied when a segment is false. With one supplier that is plain; with several the true leaf hashes are
 * fetched and each false leaf names its sender: nobody is blamed for what somebody else sent (BEP 52 makes that possible).
 * v1 content has no leaf hashes: there the false ones are kept until the piece is here and right, and compared then.
 */
export class Blame {
  readonly #parts: BlameParts
  readonly #cases: Case[] = []

  constructor(parts: BlameParts) {
    this.#parts = parts
  }

  /** `leaves` are the hashes that the store computed. */
  refused(segment: SegmentDownload, leaves: Uint8Array): void {
    const { piece, index, suppliers } = segment
    const names = new Set(suppliers.filter(name => name !== undefined))
    if (names.size === 1) {
      for (const name of names) this.#parts.onLiar(name, piece)
      return
    }
    const found: Case = { piece, segment: index, leaves, suppliers: [...suppliers] }
    if (this.#judge(found)) return
    if (this.#cases.length === mostCases) this.#cases.shift()
    this.#cases.push(found)
    const fields = this.#parts.tree?.leafRequest(piece, index)
    if (fields !== undefined) this.#parts.want(fields)
  }

  hashesArrived(): void {
    for (let at = this.#cases.length - 1; at >= 0; at--)
      if (this.#judge(this.#cases[at]!)) this.#cases.splice(at, 1)
  }

  /** Whether somebody lied about a piece and it is not known who. */
  isSuspect(piece: number): boolean {
    return this.#cases.length > 0 && this.#cases.some(found => found.piece === piece)
  }

  /** The segment is right now; `leaves` are the true hashes of its leaves. */
  verified({ piece, index }: SegmentDownload, leaves: Uint8Array): void {
    for (let at = this.#cases.length - 1; at >= 0; at--) {
      const found = this.#cases[at]!
      if (found.piece !== piece || found.segment !== index) continue
      this.#cases.splice(at, 1)
      this.#accuse(found, differingHashes(leaves, found.leaves))
    }
  }

  #judge(found: Case): boolean {
    const wrong = this.#parts.tree?.wrongLeaves(found.piece, found.segment, found.leaves)
    if (wrong === undefined) return false
    this.#accuse(found, wrong)
    return true
  }

  #accuse({ piece, suppliers }: Case, wrong: readonly number[]): void {
    const liars = new Set(wrong.map(leaf => suppliers[leaf]).filter(name => name !== undefined))
    for (const liar of liars) this.#parts.onLiar(liar, piece)
  }
}
