import { setImmediate } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { PeerageError, type World } from '../base/index.ts'
import { KnownFolders, PieceMap, readFileBytes, resolvePath, statNode } from '../content/index.ts'
import {
  type DiscoveryStatus,
  type FileRange,
  MissingFiles,
  RangePipe,
  RangeQueue,
  type RangeSink,
  type Swarm,
} from '../swarm/index.ts'
import type { IpfsConfig } from './config.ts'
import type { BlockSession, Blocks } from './ports.ts'
import { ReadThrough } from './read-through.ts'

export interface SwarmSourceParts {
  readonly world: World
  readonly config: IpfsConfig
  readonly root: CID
  readonly swarm: Swarm
  readonly session: BlockSession
  readonly verify: Blocks['verify']
}

/** The longest block that is asked of it, in bytes: a leaf of the usual profile. */
const maxRequestBytes = 1_048_576
/** Leaves of one range that are asked for at the same time: those of older profiles are shorter than a range. */
const leavesAhead = 8

/**
 * IPFS as one more peer of a swarm: requests for blocks become ranges of files, and those the leaves of the DAG that has the same files.
 * It takes part from when the root has come. The swarm verifies what it gives like what everybody gives.
 */
export class SwarmSource {
  readonly #parts: SwarmSourceParts
  readonly #name: string
  readonly #abort = new AbortController()
  readonly #blocks: ReadThrough
  /** Files of a content follow one another folder by folder: thousands of them are found by reading each folder once. */
  readonly #known = new KnownFolders()
  /** Of files by their index, until their end has come: most have no second range. */
  readonly #files = new Map<number, Promise<CID>>()
  #pipe: RangePipe | undefined
  #missing: MissingFiles | undefined
  #leave: (() => void) | undefined
  #state: DiscoveryStatus['state'] = 'working'
  #message: string | undefined

  constructor(parts: SwarmSourceParts) {
    this.#parts = parts
    this.#name = `/ipfs/${parts.root}`
    const { session, config, verify } = parts
    this.#blocks = new ReadThrough(session, { maxBytes: config.sourceMemoryBytes, verify })
    void this.#begin()
  }

  stop(): void {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new Error('IPFS is not needed any more.'))
    this.#missing?.stop()
    this.#leave?.()
    this.#parts.session.close()
  }

  status(): DiscoveryStatus {
    const sources = this.#parts.session.sources()
    const lacking = this.#missing?.count ?? 0
    const message =
      this.#message ??
      (lacking > 0
        ? `${lacking} files are not the same there.`
        : sources.length === 0 && this.#state === 'working'
          ? 'Looking for peers that have it.'
          : undefined)
    return {
      name: this.#name,
      kind: 'ipfs',
      state: this.#state,
      peers: sources.length,
      ...(message !== undefined && { message }),
    }
  }

  async #begin(): Promise<void> {
    try {
      // Until the root comes, nobody is there whom blocks could be asked of.
      await statNode(this.#blocks, this.#parts.root, { signal: this.#abort.signal })
      if (!this.#abort.signal.aborted) this.#join()
    } catch (error) {
      if (this.#abort.signal.aborted) return
      if (!(error instanceof PeerageError)) throw error
      this.#fail(error.message)
    }
  }

  #join(): void {
    const { world, config, swarm } = this.#parts
    const { content: port } = swarm
    if (port === undefined) return
    const missing = new MissingFiles({
      world,
      content: port.content,
      forgetMs: config.forgetMissingMs,
      onForgotten: () => {
        this.#files.clear()
        this.#pipe?.offers(missing.pieces())
      },
    })
    this.#missing = missing
    const pipe = new RangePipe({
      name: this.#name,
      client: 'IPFS',
      queue: new RangeQueue(new PieceMap(port.content)),
      connections: config.sourceRanges,
      minRangeBytes: maxRequestBytes,
      maxRangeBytes: maxRequestBytes,
      fetch: (range, sink, signal) => this.#fetch(range, sink, signal),
      onBlock: () => {
        this.#state = 'ok'
      },
      onFailure: ({ file }, error) => this.#lacks(file, error),
      onClose: reason => {
        if (!this.#abort.signal.aborted) this.#fail(reason)
      },
    })
    this.#pipe = pipe
    try {
      const session = swarm.join(pipe, { peer: this.#name, web: true, extended: false, maxRequestBytes })
      this.#leave = () => session.closed('IPFS is not needed any more.')
      pipe.begin(session, missing.pieces())
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      this.#fail(error.message)
    }
  }

  async #fetch({ file, offset, length }: FileRange, sink: RangeSink, signal: AbortSignal): Promise<void> {
    // Else what comes of small files asks for the next ones, and while these come without delay no timer has its turn: for seconds.
    await setImmediate()
    const cid = await this.#file(file, signal)
    const range = { start: offset, end: offset + length }
    for await (const bytes of readFileBytes(this.#blocks, cid, { range, signal, ahead: leavesAhead })) {
      if (signal.aborted) return
      sink.take(bytes)
    }
    if (range.end === this.#parts.swarm.content?.content.files[file]?.size) this.#files.delete(file)
  }

  #file(index: number, signal: AbortSignal): Promise<CID> {
    const known = this.#files.get(index)
    if (known !== undefined) return known
    const opened = this.#open(index, signal)
    this.#files.set(index, opened)
    opened.catch(() => this.#files.delete(index))
    return opened
  }

  async #open(index: number, signal: AbortSignal): Promise<CID> {
    const { content } = this.#parts.swarm.content!
    const { path, size } = content.files[index]!
    const names = content.singleFile ? [] : path
    const { cid, rest } = await resolvePath(this.#blocks, this.#parts.root, names, {
      signal,
      known: this.#known,
    })
    const stat = await statNode(this.#blocks, cid, { signal })
    if (rest.length > 0 || stat.kind !== 'file' || stat.size !== size)
      throw new PeerageError('dag.invalid', 'What is there on IPFS is not this file.')
    return cid
  }

  /** It has not this file, or another one of that name: the others may still be had from it. */
  #lacks(file: number, error: unknown): void {
    if (!(error instanceof PeerageError)) throw error
    this.#missing!.add([file])
    const pieces = this.#missing!.pieces()
    if (pieces.count === 0) this.#fail(error.message)
    else this.#pipe?.offers(pieces)
  }

  #fail(message: string): void {
    this.#state = 'failed'
    this.#message = message
    this.stop()
  }
}
