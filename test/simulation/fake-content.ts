import type { Bitfield, VirtualWorld } from '../../src/base/index.ts'
import type { Content } from '../../src/content/index.ts'
import type { ContentPort, Lease, Offer, Verdict } from '../../src/swarm/index.ts'

/** One file without bytes: the simulation moves numbers only. */
export function fakeContent(size: number, pieceLength: number): Content {
  const pieceCount = Math.ceil(size / pieceLength)
  const root = new Uint8Array(32).fill(7)
  return {
    name: 'file',
    version: 'v2',
    infoHash: new Uint8Array(32).fill(9),
    info: new Uint8Array(200),
    pieceLength,
    pieceCount,
    totalSize: size,
    singleFile: true,
    isPrivate: false,
    files: [{ index: 0, path: ['file'], size, piecesRoot: root, firstPiece: 0, pieceCount, v1Offset: 0 }],
  }
}

/** An answer that comes in virtual time, in the order of the events, without microtasks. */
export function answered<T>(world: VirtualWorld, afterMs: number, value: () => T): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: only `then` is used of a port's answer; a promise would not be replayable
    then: (onValue, onError) => {
      world.after(afterMs, () => {
        let result: T
        try {
          result = value()
        } catch (error) {
          onError?.(error)
          return
        }
        onValue?.(result)
      })
      return undefined as never
    },
  }
}

const noBytes = new Uint8Array(0)
/** All leases of all stores are views of the same bytes: nobody reads them. */
const anyBytes = new Uint8Array(1_048_576)

/** A store without bytes: who sent false ones is marked by the pipes (see `SimPeer`), and such a segment is refused. */
export class FakeStore implements ContentPort {
  readonly content: Content
  readonly have: Bitfield
  /** Blocks that arrived false, as `piece:begin`. */
  readonly falseBlocks: Set<string> = new Set()
  leased = 0
  refused = 0
  readonly #world: VirtualWorld
  readonly #maxLeased: number
  readonly #layer: Uint8Array
  readonly #done = new Map<number, number>()

  constructor(world: VirtualWorld, content: Content, have: Bitfield, maxLeased = 67_108_864) {
    this.#world = world
    this.content = content
    this.have = have
    this.#maxLeased = maxLeased
    this.#layer = new Uint8Array(content.pieceCount * 32).fill(1)
  }

  lease(length: number): Lease | undefined {
    if (this.leased + length > this.#maxLeased) return undefined
    this.leased += length
    let held = true
    return {
      bytes: anyBytes.subarray(0, length),
      release: () => {
        if (!held) throw new Error('released twice')
        held = false
        this.leased -= length
      },
    }
  }

  accept(offer: Offer): PromiseLike<Verdict> {
    return answered(this.#world, 0.5 + offer.length / 500_000, () => {
      offer.lease.release()
      return this.#judge(offer)
    })
  }

  loan(_piece: number, _begin: number, length: number): PromiseLike<Lease> {
    return answered(this.#world, 0.2 + length / 2_000_000, () => ({
      bytes: noBytes,
      release: () => undefined,
    }))
  }

  leaves(): PromiseLike<Uint8Array> {
    return answered(this.#world, 1, () => noBytes)
  }

  pieceLayer(): Uint8Array {
    return this.#layer
  }

  setPieceLayer(): void {}

  #judge({ piece, begin, length }: Offer): Verdict {
    let bad = false
    for (let at = begin; at < begin + length; at += 16_384)
      bad = this.falseBlocks.delete(`${piece}:${at}`) || bad
    if (bad) {
      this.refused++
      return { ok: false, leaves: new Uint8Array(Math.ceil(length / 16_384) * 32) }
    }
    const size = Math.min(this.content.pieceLength, this.content.totalSize - piece * this.content.pieceLength)
    const done = (this.#done.get(piece) ?? 0) + length
    this.#done.set(piece, done)
    const pieceDone = done === size
    if (pieceDone) this.have.set(piece)
    return { ok: true, pieceDone, filesDone: pieceDone && this.have.isFull ? [0] : [] }
  }
}
