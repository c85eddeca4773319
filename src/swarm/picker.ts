import type { Availability } from './availability.ts'
import type { Deadlines } from './deadlines.ts'
import type { Downloads } from './downloads.ts'
import type { Layout } from './layout.ts'
import type { PeerState } from './peer-state.ts'
import { searchedPieces } from './piece-set.ts'
import type { SegmentDownload } from './segment-download.ts'

export interface PickerParts {
  readonly layout: Layout
  readonly availability: Availability
  readonly downloads: Downloads
  readonly deadlines: Deadlines
}

/**
 * Decides what a peer shall fetch next. In this order: what a reader waits for; segments that lost their peer; what the
 * peer suggests; pieces already begun; then rarest first. A segment goes to one peer as a whole where possible, so that a
 * bad one has one culprit.
 */
export class Picker {
  readonly #parts: PickerParts

  constructor(parts: PickerParts) {
    this.#parts = parts
  }

  /** Gives `peer` segments of about `bytes` in total; they are its own from now on. Empty: there is nothing for it. */
  assign(peer: PeerState, bytes: number, now: number): void {
    let left = bytes
    const take = (segment: SegmentDownload | undefined): boolean => {
      if (segment === undefined) return !this.#parts.downloads.starved
      peer.segments.push(segment)
      left -= segment.free === segment.leaves ? segment.length : segment.length / 2
      return left > 0
    }
    const more = (): boolean => left > 0 && !this.#parts.downloads.starved
    if (this.#parts.deadlines.active) this.#urgent(peer, now, take)
    if (more() && this.#parts.downloads.orphans.size > 0) this.#orphans(peer, now, take)
    if (more() && peer.suggested.length > 0) this.#suggested(peer, now, take)
    if (now < peer.suggestedOnlyUntil) return
    if (more() && this.#parts.downloads.partials.size > 0) this.#partials(peer, now, take)
    if (more()) this.#rarest(peer, left, now, take)
  }

  #begin(peer: PeerState, piece: number): SegmentDownload | undefined {
    return this.#parts.downloads.begin(piece, peer)
  }

  #urgent(peer: PeerState, now: number, take: (segment?: SegmentDownload) => boolean): void {
    const { deadlines, downloads, layout } = this.#parts
    deadlines.walk(piece => {
      if (!downloads.isWanted(piece) || !peer.mayAsk(piece, now)) return true
      for (let count = layout.segmentCount(piece); count > 0; count--) {
        const segment = this.#begin(peer, piece)
        if (segment === undefined) return !downloads.starved
        if (!take(segment)) return false
      }
      return true
    })
  }

  #orphans(peer: PeerState, now: number, take: (segment?: SegmentDownload) => boolean): void {
    const { downloads } = this.#parts
    for (const segment of downloads.orphans) {
      if (!peer.mayAsk(segment.piece, now) || segment.isAskedOf(peer)) continue
      downloads.adopt(segment, peer)
      if (!take(segment)) return
    }
  }

  #suggested(peer: PeerState, now: number, take: (segment?: SegmentDownload) => boolean): void {
    const { downloads } = this.#parts
    while (peer.suggested.length > 0) {
      const piece = peer.suggested[0]!
      const segment =
        downloads.isWanted(piece) && peer.mayAsk(piece, now) ? this.#begin(peer, piece) : undefined
      if (downloads.starved) return
      if (segment === undefined) peer.suggested.shift()
      else if (!take(segment)) return
    }
  }

  #partials(peer: PeerState, now: number, take: (segment?: SegmentDownload) => boolean): void {
    const { downloads } = this.#parts
    for (const piece of downloads.partials.keys()) {
      if (!downloads.isWanted(piece) || !peer.mayAsk(piece, now)) continue
      for (;;) {
        const segment = this.#begin(peer, piece)
        if (segment === undefined) break
        if (!take(segment)) return
      }
      if (downloads.starved) return
    }
  }

  #rarest(peer: PeerState, bytes: number, now: number, take: (segment?: SegmentDownload) => boolean): void {
    const { availability, layout } = this.#parts
    const limit = Math.min(512, Math.ceil(bytes / layout.meanSegmentBytes)) + peer.avoided.size
    const candidates = this.#candidates(peer, limit, availability)
    // Of very many pieces only a part is looked at: next time another part.
    if (candidates.length === 0) peer.cursor = (peer.cursor + searchedPieces) % layout.pieceCount
    for (const piece of candidates) {
      if (!peer.mayAsk(piece, now)) continue
      let segment = this.#begin(peer, piece)
      if (segment === undefined) return
      peer.cursor = piece + 1 < layout.pieceCount ? piece + 1 : 0
      for (; segment !== undefined; segment = this.#begin(peer, piece)) if (!take(segment)) return
    }
  }

  #candidates(peer: PeerState, limit: number, availability: Availability): number[] {
    if (!peer.peerChoking) return availability.rarest(peer.searchable, peer.cursor, limit)
    return [...peer.allowedFastIn].filter(piece => availability.isOpen(piece) && peer.has(piece))
  }
}
