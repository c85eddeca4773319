import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import {
  dagLimits,
  decodeCid,
  decodeCidFirst,
  hashCodes,
  knownLinksOf,
  pureBlockHashes,
  type VerifiedBlock,
} from '../../content/index.ts'
import { CarReader, carLimits } from '../../wire/index.ts'
import type { CarHost } from './host.ts'
import { type Room, readUserFile, userFileSize } from './user-file.ts'

export interface ImportCarInput {
  file: string
  public: boolean
  pin: boolean
}

/** What it needs of its host. */
export type ImportCarHost = Omit<CarHost, 'world' | 'rootOf' | 'open'>

/** While it is read: how far. The last one says what came of it. */
export type ImportCarUpdate =
  | {
      readonly phase: 'reading'
      readonly bytes: number
      readonly totalBytes: number
      readonly blocks: number
    }
  | {
      readonly phase: 'imported'
      readonly roots: readonly string[]
      /** Blocks and bytes of the archive. */
      readonly blocks: number
      readonly bytes: number
      /** Blocks below those of the archive that are neither in it nor here. */
      readonly missing: number
      /** Roots of which all is here, and is kept. */
      readonly pinned: number
    }

/** Some are hashed and written while the next one is filled. */
const rooms = 3
/** Blocks that are hashed and written at once. */
const atOnce = 16
const linksPerTurn = 1024

/**
 * Keeps the blocks of an archive, each verified, and pins its roots.
 *
 * @throws PeerageError `car.invalid` (also for a root that is neither in it nor here), `content.denied`, `block.mismatch`, `dag.unsupported`, `dag.limit`,
 * `store.source-unreadable`, of kind `disk`; `signal.reason`. Blocks that came before stay in the cache.
 */
export async function* importCar(
  host: ImportCarHost,
  input: ImportCarInput,
  signal: AbortSignal,
): AsyncGenerator<ImportCarUpdate> {
  // One that is longer than the cache would push out its own beginning before it is pinned.
  const evictAgain = input.pin ? host.keepAll() : undefined
  try {
    yield* readCar(host, input, signal)
  } finally {
    evictAgain?.()
  }
}

async function* readCar(
  host: ImportCarHost,
  input: ImportCarInput,
  signal: AbortSignal,
): AsyncGenerator<ImportCarUpdate> {
  const reader = new CarReader()
  const intake = new Intake(host, input.public)
  const totalBytes = await userFileSize(input.file)
  let bytes = 0
  let isLookedAt = false
  for await (const stretch of readUserFile(input.file, makeRooms(rooms), () => reader.takeBack())) {
    signal.throwIfAborted()
    bytes += stretch.added
    for (const section of reader.push(stretch.bytes)) {
      // Before any of it is kept.
      if (!isLookedAt) for (const root of rootsOf(reader)) host.refuse(root)
      isLookedAt = true
      await intake.take(section)
    }
    stretch.room.free = intake.underWay()
    yield { phase: 'reading', bytes, totalBytes, blocks: intake.blocks }
  }
  reader.end()
  await intake.settle()
  const roots = rootsOf(reader)
  for (const root of roots)
    if (!host.has(root))
      throw new PeerageError('car.invalid', `The archive says that ${root} is in it, and it is not.`, {
        details: { root: root.toString() },
      })
  const { blocks } = intake
  const missing = await intake.missing()
  const pinned = input.pin ? await pinWhole(host, roots, basename(input.file), signal) : 0
  yield { phase: 'imported', roots: roots.map(String), blocks, bytes, missing, pinned }
}

function rootsOf({ header }: CarReader): CID[] {
  return (header?.roots ?? []).map(decodeCid)
}

/** Shared with the threads that hash and write, so that a block goes from file to file without a copy; each has room for the longest there is. */
function makeRooms(count: number): Room[] {
  return Array.from({ length: count }, () => ({
    bytes: new Uint8Array(new SharedArrayBuffer(carLimits.sectionBytes + 8)),
    free: Promise.resolve(),
  }))
}

/** Pins those of which all is here; a part cannot be kept as a whole. */
async function pinWhole(
  host: ImportCarHost,
  roots: readonly CID[],
  name: string,
  signal: AbortSignal,
): Promise<number> {
  let pinned = 0
  for (const root of roots)
    try {
      await host.pin(root, name, signal)
      pinned++
    } catch (error) {
      if (!(error instanceof PeerageError) || error.code !== 'block.missing') throw error
    }
  return pinned
}

/** Verifies and keeps a few blocks at once, and notes which ones those that came lead to. */
class Intake {
  readonly #host: ImportCarHost
  readonly #isPublic: boolean
  readonly #running = new Set<Promise<void>>()
  /** CIDs that were linked to and have not come. */
  readonly #wanted = new Map<string, CID>()
  #failed: unknown
  #hasFailed = false
  #looked = 0
  blocks = 0

  constructor(host: ImportCarHost, isPublic: boolean) {
    this.#host = host
    this.#isPublic = isPublic
  }

  /** A CID and its block. Waits while enough of them are on their way. */
  async take(section: Uint8Array): Promise<void> {
    const { cid, length } = decodeCidFirst(section)
    if (!pureBlockHashes.has(cid.multihash.code))
      throw new PeerageError(
        'dag.unsupported',
        `The archive has a block with an unknown hash function: ${cid}.`,
      )
    this.#host.refuse(cid)
    this.blocks++
    const kept = this.#host
      .put(cid, section.subarray(length), { isPublic: this.#isPublic })
      .then(block => this.#note(block))
      .catch((error: unknown) => {
        this.#failed ??= error
        this.#hasFailed = true
      })
    const running = kept.finally(() => this.#running.delete(running))
    this.#running.add(running)
    if (this.#running.size >= atOnce) await Promise.race(this.#running)
    if (this.#hasFailed) throw this.#failed
  }

  /** Resolves when what was taken so far is kept, or was refused. */
  async underWay(): Promise<void> {
    await Promise.all(this.#running)
  }

  async settle(): Promise<void> {
    await this.underWay()
    if (this.#hasFailed) throw this.#failed
  }

  /** A block may have 65,536 links: the index is asked for some of them, and then others get a turn. */
  #pause(): Promise<void> | undefined {
    return ++this.#looked % linksPerTurn === 0 ? setImmediate() : undefined
  }

  /** How many blocks there would have to be besides. */
  async missing(): Promise<number> {
    let count = 0
    for (const cid of this.#wanted.values()) {
      if (!this.#host.has(cid)) count++
      await this.#pause()
    }
    return count
  }

  async #note(block: VerifiedBlock): Promise<void> {
    this.#wanted.delete(block.cid.toString())
    for (const link of knownLinksOf(block)) {
      await this.#pause()
      if (link.multihash.code === hashCodes.identity || this.#host.has(link)) continue
      if (this.#wanted.size >= dagLimits.pending)
        throw new PeerageError('dag.limit', 'The archive leads to too many blocks that are not in it.', {
          details: { limit: 'pending' },
        })
      this.#wanted.set(link.toString(), link)
    }
  }
}
