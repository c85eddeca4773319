import type { FileHandle } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import {
  type BlockReader,
  decodeCidFirst,
  hashCodes,
  type VerifiedBlock,
  verifyBlock,
} from '../../content/index.ts'
import { platformHashes } from '../../store/index.ts'
import { CarReader } from '../../wire/index.ts'

interface Place {
  readonly offset: number
  readonly length: number
}

/** Blocks of one archive whose places are remembered: some hundred bytes of memory each. */
export const maxIndexedBlocks = 1_048_576

/** Where the blocks of an archive stand in its file, so that few of them can be read, and each is verified then. */
export class CarIndex implements BlockReader {
  readonly #reader = new CarReader()
  readonly #places = new Map<string, Place>()
  readonly #maxBlocks: number
  #file: FileHandle | undefined
  blocks = 0

  constructor(maxBlocks: number = maxIndexedBlocks) {
    this.#maxBlocks = maxBlocks
  }

  /** 1 while it is not known. */
  get version(): 1 | 2 {
    return this.#reader.header?.version ?? 1
  }

  /** In binary form, not looked into. */
  get roots(): readonly Uint8Array[] {
    return this.#reader.header?.roots ?? []
  }

  /** Chunks in a row. Throws `car.invalid`, `dag.invalid`, and `dag.limit` for too many blocks. */
  push(chunk: Uint8Array): void {
    for (const section of this.#reader.push(chunk)) {
      if (++this.blocks > this.#maxBlocks)
        throw new PeerageError('dag.limit', `The archive has more than ${this.#maxBlocks} blocks.`, {
          details: { limit: 'blocks' },
        })
      const { cid, length } = decodeCidFirst(section)
      this.#places.set(keyOf(cid), {
        offset: this.#reader.at - section.length + length,
        length: section.length - length,
      })
    }
  }

  /** As `CarReader.takeBack`. */
  takeBack(): number {
    return this.#reader.takeBack()
  }

  /** Nothing follows: from now on blocks are read. Throws `car.invalid`. */
  end(file: FileHandle): void {
    this.#reader.end()
    this.#file = file
  }

  has(cid: CID): boolean {
    return cid.multihash.code === hashCodes.identity || this.#places.has(keyOf(cid))
  }

  /** Rejects with `block.missing`, `block.mismatch`, `dag.unsupported`, and what reading rejects with. */
  async get(cid: CID): Promise<VerifiedBlock> {
    if (cid.multihash.code === hashCodes.identity) return verifyBlock(cid, cid.multihash.digest)
    const place = this.#places.get(keyOf(cid))
    if (place === undefined || this.#file === undefined)
      throw new PeerageError('block.missing', `The block ${cid} is not in the archive.`, {
        details: { cid: cid.toString() },
      })
    const bytes = new Uint8Array(place.length)
    const { bytesRead } = await this.#file.read(bytes, 0, place.length, place.offset)
    return verifyBlock(cid, bytes.subarray(0, bytesRead), platformHashes)
  }
}

function keyOf({ multihash }: CID): string {
  return String.fromCharCode(...multihash.bytes)
}
