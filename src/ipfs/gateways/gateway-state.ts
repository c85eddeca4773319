import type { World } from '../../base/index.ts'

/** Bounds of what is asked of one gateway, and pauses after it failed. */
export const gatewayLimits: Readonly<
  Record<'atOnce' | 'blockBytes' | 'carBytes' | 'carBlocks' | 'parents' | 'retryMs' | 'maxRetryMs', number>
> = {
  atOnce: 8,
  /** Of one block, and of the blocks of one CAR together: in bytes. */
  blockBytes: 4_194_304,
  carBytes: 8_388_608,
  carBlocks: 64,
  /** Blocks of which it is remembered where in a file they stand. */
  parents: 65_536,
  retryMs: 2_000,
  maxRetryMs: 1_800_000,
}

/** Weight of the last measure in the speed of a gateway. */
const newest = 1 / 8

/** How somebody's gateway did so far, over all sessions. */
export class GatewayState {
  readonly url: string
  readonly #world: World
  #restsUntil = Number.NEGATIVE_INFINITY
  #failures = 0
  #isLiar = false
  #message: string | undefined
  /** False once it showed that it does not send CARs. */
  sendsCars = true
  #bytesPerSecond = 0
  #usualMs: number | undefined

  constructor(url: string, world: World) {
    this.url = url
    this.#world = world
  }

  /** In bytes a second of an answer; 0 until one came. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond
  }

  /** How long an answer took lately, in ms; undefined until one came. */
  get usualMs(): number | undefined {
    return this.#usualMs
  }

  get message(): string | undefined {
    return this.#message
  }

  /** Whether it is to be asked for anything now. */
  get isUsable(): boolean {
    return !this.#isLiar && this.#world.now() >= this.#restsUntil
  }

  /** It sent something else than its hash says: it is asked for nothing again. */
  lied(): void {
    this.#isLiar = true
    this.#message = 'It sent something else than it was asked for.'
  }

  worked(bytes: number, ms: number): void {
    const rate = (bytes * 1_000) / Math.max(1, ms)
    this.#bytesPerSecond =
      this.#bytesPerSecond === 0 ? rate : this.#bytesPerSecond + (rate - this.#bytesPerSecond) * newest
    this.#usualMs = this.#usualMs === undefined ? ms : this.#usualMs + (ms - this.#usualMs) * newest
    this.#failures = 0
    this.#message = undefined
  }

  /** It rests, as long as it wants itself where it says so. */
  failed(message: string, retryMs?: number): void {
    const { retryMs: first, maxRetryMs } = gatewayLimits
    const pause = first * 2 ** Math.min(20, this.#failures++) * (0.75 + this.#world.random.fraction() / 2)
    this.#message = message
    this.#restsUntil = this.#world.now() + Math.min(retryMs ?? pause, maxRetryMs)
  }
}
