import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import { decodeCid, type VerifiedBlock } from '../../content/index.ts'
import { decodeDagPb, decodeUnixFs } from '../../wire/index.ts'
import { gatewayLimits } from './gateway-state.ts'

/** Where a block stands in the file that another block is the root of: bytes `from` to `to`, both included. */
interface Place {
  readonly parent: CID
  readonly from: number
  readonly to: number
}

/** Which blocks are parts of one file, and where: so that several can be asked for as a range of it. */
export class Siblings {
  readonly #places = new Map<string, Place>()

  /** Reads a node of a file; what is none has no parts to learn. */
  learn({ cid, bytes }: VerifiedBlock): void {
    try {
      const { links, data } = decodeDagPb(bytes)
      const { type, blockSizes, data: own } = decodeUnixFs(data ?? new Uint8Array(0))
      if (type !== 'file' || blockSizes.length !== links.length) return
      let from = own?.length ?? 0
      links.forEach(({ hash }, i) => {
        const size = blockSizes[i]!
        if (size > 0) this.#put(decodeCid(hash), { parent: cid, from, to: from + size - 1 })
        from += size
      })
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }

  /** Those that follow one another in a file together, as long as they are not too much; all others alone. */
  group<T extends { readonly cid: CID }>(wanted: readonly T[]): T[][] {
    const placed = wanted.map(one => ({ one, place: this.#places.get(keyOf(one.cid)) }))
    placed.sort((a, b) => (a.place?.from ?? -1) - (b.place?.from ?? -1))
    const groups: { items: T[]; first: Place | undefined; last: Place | undefined }[] = []
    for (const { one, place } of placed) {
      const group =
        place && groups.find(({ items, first, last }) => follows(place, first, last, items.length))
      if (group === undefined) groups.push({ items: [one], first: place, last: place })
      else {
        group.items.push(one)
        group.last = place
      }
    }
    return groups.map(({ items }) => items)
  }

  /** Of a group of several. */
  rangeOf(group: readonly { readonly cid: CID }[]): Place {
    const places = group.map(({ cid }) => this.#places.get(keyOf(cid))!)
    return { ...places[0]!, to: places.at(-1)!.to }
  }

  #put(cid: CID, place: Place): void {
    const key = keyOf(cid)
    this.#places.delete(key)
    this.#places.set(key, place)
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= gatewayLimits.parents) break
      this.#places.delete(oldest)
    }
  }
}

function follows(place: Place, first: Place | undefined, last: Place | undefined, count: number): boolean {
  if (first === undefined || last === undefined || !last.parent.equals(place.parent)) return false
  return (
    last.to + 1 === place.from &&
    place.to - first.from < gatewayLimits.carBytes &&
    count < gatewayLimits.carBlocks
  )
}

function keyOf({ multihash }: CID): string {
  return String.fromCharCode(...multihash.bytes)
}
