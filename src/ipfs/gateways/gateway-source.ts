import type { CID } from 'multiformats/cid'
import { PeerageError, type World } from '../../base/index.ts'
import { codecs, decodeCidFirst, type VerifiedBlock } from '../../content/index.ts'
import { type HttpResponse, httpRequest, type WayOut } from '../../network/index.ts'
import { CarReader, parseRetryAfter } from '../../wire/index.ts'
import type { BlockSink, BlockSource } from '../ports.ts'
import { type GatewayState, gatewayLimits } from './gateway-state.ts'
import { Siblings } from './siblings.ts'

export interface GatewaySourceParts {
  readonly world: World
  readonly state: GatewayState
  readonly egress: WayOut
  mayReach(ip: string): boolean
}

/** One block that a session asked for. */
interface Wanted {
  readonly cid: CID
  readonly take: BlockSink
  readonly signal: AbortSignal
  resolve(block: VerifiedBlock | undefined): void
  reject(error: unknown): void
}

const lacking: ReadonlySet<number> = new Set([400, 401, 403, 404, 406, 410, 451])
const busy: ReadonlySet<number> = new Set([429, 503])
const usualBusyMs = 60_000
const types = {
  raw: 'application/vnd.ipld.raw',
  car: 'application/vnd.ipld.car; version=1; order=dfs; dups=n',
} as const

/**
 * Somebody's trustless gateway (specification of that name) as a source of a session: blocks one by one, or several parts of a file that are asked for
 * together as a range of it in one CAR. What it sends is believed by nobody before the session has hashed it.
 */
export class GatewaySource implements BlockSource {
  readonly kind = 'gateway'
  readonly isPublic = true
  readonly atOnce: number = gatewayLimits.atOnce
  readonly #parts: GatewaySourceParts
  readonly #siblings = new Siblings()
  #wanted: Wanted[] = []
  #heardAt: number | undefined

  constructor(parts: GatewaySourceParts) {
    this.#parts = parts
  }

  get name(): string {
    return this.#parts.state.url
  }

  get heardAt(): number | undefined {
    return this.#heardAt
  }

  get usualMs(): number | undefined {
    return this.#parts.state.usualMs
  }

  want(cid: CID, take: BlockSink, signal: AbortSignal): Promise<VerifiedBlock | undefined> {
    if (!this.#parts.state.isUsable) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#wanted.push({ cid, take, signal, resolve, reject })
      // What is wanted in one turn is asked for together.
      if (this.#wanted.length === 1) queueMicrotask(() => this.#ask())
    })
  }

  #ask(): void {
    const wanted = this.#wanted
    this.#wanted = []
    const groups = this.#parts.state.sendsCars ? this.#siblings.group(wanted) : wanted.map(one => [one])
    for (const group of groups) void (group.length === 1 ? this.#one(group[0]!) : this.#together(group))
  }

  async #one(wanted: Wanted): Promise<void> {
    const { cid, signal } = wanted
    try {
      const bytes = await this.#fetch(`/ipfs/${cid}?format=raw`, types.raw, gatewayLimits.blockBytes, signal)
      wanted.resolve(bytes && (await this.#give(wanted, bytes)))
    } catch (error) {
      wanted.reject(error)
    }
  }

  /** A range of a file as a CAR; what is not in it is asked for by itself. */
  async #together(group: readonly Wanted[]): Promise<void> {
    const { parent, from, to } = this.#siblings.rangeOf(group)
    const abort = new AbortController()
    const stop = (): void => {
      if (group.every(({ signal }) => signal.aborted)) abort.abort(group[0]!.signal.reason)
    }
    for (const { signal } of group) signal.addEventListener('abort', stop, { once: true })
    const blocks = await this.#carOf(
      `/ipfs/${parent}?format=car&dag-scope=entity&entity-bytes=${from}:${to}`,
      abort.signal,
    )
    for (const { signal } of group) signal.removeEventListener('abort', stop)
    for (const wanted of group) {
      const bytes = blocks.get(keyOf(wanted.cid))
      if (wanted.signal.aborted) wanted.reject(wanted.signal.reason)
      else if (bytes === undefined) void this.#one(wanted)
      else await this.#give(wanted, bytes).then(wanted.resolve, wanted.reject)
    }
  }

  /** None where there is no CAR to be had: then blocks are asked for one by one. */
  async #carOf(path: string, signal: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>> {
    const { state } = this.#parts
    try {
      // Frames, and the nodes on the way to the leaves.
      const bytes = await this.#fetch(path, types.car, 2 * gatewayLimits.carBytes, signal)
      if (bytes === undefined) throw new PeerageError('wire.invalid', 'It sends no CARs.')
      return blocksIn(bytes)
    } catch {
      if (!signal.aborted) state.sendsCars = false
      return new Map()
    }
  }

  async #give({ cid, take }: Wanted, bytes: Uint8Array): Promise<VerifiedBlock> {
    try {
      const block = await take(cid, bytes)
      if (cid.code === codecs.dagPb) this.#siblings.learn(block)
      return block
    } catch (error) {
      if (error instanceof PeerageError && error.code === 'block.mismatch') this.#parts.state.lied()
      throw error
    }
  }

  /** Undefined: it has not got it, or wants to be left alone. Rejects with `network.unreachable`, `wire.limit`, `signal.reason`. */
  async #fetch(
    path: string,
    accept: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { world, state, egress, mayReach } = this.#parts
    const begun = world.now()
    try {
      const answer = await httpRequest(state.url + path, {
        signal,
        egress,
        mayReach,
        headers: { accept, 'accept-encoding': 'identity' },
      })
      if (!this.#isContent(answer)) {
        answer.close()
        return undefined
      }
      const bytes = await answer.read(maxBytes, () => {
        this.#heardAt = world.now()
      })
      state.worked(bytes.length, world.now() - begun)
      return bytes
    } catch (error) {
      signal.throwIfAborted()
      state.failed(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  /** Throws `network.unreachable` for what is an answer of something that does not work. */
  #isContent({ status, headers }: HttpResponse): boolean {
    const { state, world } = this.#parts
    if (status === 200) return true
    if (lacking.has(status)) return false
    if (busy.has(status)) {
      const wait = parseRetryAfter(headers.get('retry-after') ?? '', world.wallTime()) ?? usualBusyMs
      state.failed(`It is too busy (HTTP status ${status}).`, wait)
      return false
    }
    throw new PeerageError('network.unreachable', `${state.url} answers with HTTP status ${status}.`)
  }
}

/** What is in a CAR, by hashes that nobody has compared yet. Throws `car.invalid`, `dag.invalid`. */
function blocksIn(car: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const reader = new CarReader()
  const blocks = new Map<string, Uint8Array>()
  for (const section of reader.push(car)) {
    const { cid, length } = decodeCidFirst(section)
    // One that is kept for longer must not take the others along.
    blocks.set(keyOf(cid), section.slice(length))
  }
  reader.end()
  return blocks
}

function keyOf({ multihash }: CID): string {
  return String.fromCharCode(...multihash.bytes)
}
