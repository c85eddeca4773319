import type { Timer, TokenBucket, World } from '../../base/index.ts'
import type { CircuitLimit } from '../../wire/index.ts'
import type { PeerStream } from '../peer-stream.ts'
import { Pipe } from './pipe.ts'

/** One relayed connection, as its relay sees it. */
export interface CircuitState {
  /** PeerIds of who asked for it and of who is reached by it. */
  readonly from: string
  readonly to: string
  /** Passed on so far, in both directions together. */
  readonly bytes: number
  /** World.wallTime() when it was asked for. */
  readonly since: number
}

export interface CircuitLimits {
  readonly maxCircuits: number
  readonly maxCircuitsPerPeer: number
  readonly idleMinutes: number
}

interface Side {
  readonly stream: PeerStream
  /** What has come from it already. */
  readonly rest: Uint8Array
}

/** A place for a relayed connection, taken before the two streams are there: making them takes time that others must not use up. */
export interface Circuit extends CircuitState {
  /** Joins the two, until either closes, a limit is reached or nothing comes for too long. */
  join(from: Side, to: Side, limit: CircuitLimit): void
  /** Ends it; whoever is joined sees an error. */
  end(reason: string): void
}

/** All relayed connections of a relay. */
export class Circuits {
  readonly #world: World
  readonly #limits: () => CircuitLimits
  readonly #rate: TokenBucket
  readonly #open = new Set<Circuit>()
  #passedOn = 0

  constructor(world: World, limits: () => CircuitLimits, rate: TokenBucket) {
    this.#world = world
    this.#limits = limits
    this.#rate = rate
  }

  /** Bytes passed on in this run. */
  get passedOn(): number {
    return this.#passedOn
  }

  list(): Circuit[] {
    return [...this.#open]
  }

  /** A place for one more; undefined when there are too many. */
  take(from: string, to: string): Circuit | undefined {
    const { maxCircuits, maxCircuitsPerPeer } = this.#limits()
    const of = (peer: string): number =>
      this.list().filter(circuit => circuit.from === peer || circuit.to === peer).length
    if (this.#open.size >= maxCircuits) return undefined
    if (of(from) >= maxCircuitsPerPeer || of(to) >= maxCircuitsPerPeer) return undefined
    const circuit = new OpenCircuit(
      { world: this.#world, rate: this.#rate, idleMs: this.#limits().idleMinutes * 60_000 },
      { from, to, since: this.#world.wallTime() },
      bytes => {
        this.#passedOn += bytes
      },
      () => this.#open.delete(circuit),
    )
    this.#open.add(circuit)
    return circuit
  }
}

class OpenCircuit implements Circuit {
  readonly from: string
  readonly to: string
  readonly since: number
  readonly #ports: { readonly world: World; readonly rate: TokenBucket; readonly idleMs: number }
  readonly #onBytes: (bytes: number) => void
  readonly #onEnd: () => void
  #streams: readonly PeerStream[] = []
  #pipes: readonly Pipe[] = []
  readonly #timers: Timer[] = []
  #bytes = 0
  #bytesBefore = 0
  #isOver = false

  constructor(
    ports: { readonly world: World; readonly rate: TokenBucket; readonly idleMs: number },
    { from, to, since }: Omit<CircuitState, 'bytes'>,
    onBytes: (bytes: number) => void,
    onEnd: () => void,
  ) {
    this.#ports = ports
    this.from = from
    this.to = to
    this.since = since
    this.#onBytes = onBytes
    this.#onEnd = onEnd
  }

  get bytes(): number {
    return this.#bytes
  }

  join(from: Side, to: Side, limit: CircuitLimit): void {
    const { world, rate, idleMs } = this.#ports
    this.#streams = [from.stream, to.stream]
    if (this.#isOver) {
      this.#abort('It was ended meanwhile.')
      return
    }
    let open = this.#streams.length
    const closed = (other: PeerStream, error: Error | undefined): void => {
      if (error !== undefined) other.abort(new Error('The other side is gone.'))
      if (--open === 0) this.#over()
    }
    from.stream.onClose(error => closed(to.stream, error))
    to.stream.onClose(error => closed(from.stream, error))
    if (limit.seconds > 0)
      this.#timers.push(world.after(limit.seconds * 1000, () => this.end('It lasted long enough.')))
    this.#timers.push(world.every(idleMs, () => this.#checkIdle()))
    this.#pipes = [
      [from, to],
      [to, from],
    ].map(([source, target]) => {
      let left = limit.bytes === 0 ? Number.POSITIVE_INFINITY : limit.bytes
      return new Pipe({
        world,
        rate,
        from: source!.stream,
        to: target!.stream,
        rest: source!.rest,
        count: bytes => {
          left -= bytes
          if (left < 0) this.end('It carried enough.')
          else this.#count(bytes)
          return left >= 0
        },
      })
    })
    for (const pipe of this.#pipes) pipe.start()
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#onBytes(bytes)
  }

  #checkIdle(): void {
    if (this.#bytes === this.#bytesBefore) this.end('It carried nothing for too long.')
    this.#bytesBefore = this.#bytes
  }

  end(reason: string): void {
    this.#over()
    this.#abort(reason)
  }

  #abort(reason: string): void {
    for (const stream of this.#streams) stream.abort(new Error(reason))
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) timer.cancel()
    for (const pipe of this.#pipes) pipe.stop()
    this.#onEnd()
  }
}
