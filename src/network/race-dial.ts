import type { Timer, World } from '../base/index.ts'
import { PeerageError } from '../base/index.ts'
import { type Path, pathOf } from './path.ts'

const rank: Readonly<Record<Path, number>> = { memory: 0, loopback: 1, lan: 2, direct: 3, relayed: 4 }

/**
 * Addresses in the order in which to try them: nearest first, TCP before UDP, which costs seven times the CPU (docs/decisions/015-udx.md), otherwise
 * as given.
 */
export function byNearness(addresses: readonly string[]): string[] {
  const place = (address: string): number => 2 * rank[pathOf(address)] + Number(address.includes('/udp/'))
  return [...addresses].sort((a, b) => place(a) - place(b))
}

export interface RaceOptions<Connection> {
  readonly addresses: readonly string[]
  /** Further addresses as they become known; the race is not lost before it ends. */
  readonly more?: AsyncIterable<string>
  /** What became of those that were lost before they could be dialled: names that lead nowhere, say. */
  readonly lost?: readonly string[]
  readonly world: World
  /** Head start of an address before the next one is tried as well. */
  readonly staggerMs: number
  /** Head start of all addresses that do not lead through a relay before those that do. */
  readonly relayHeadStartMs: number
  readonly signal: AbortSignal
  dial(address: string, signal: AbortSignal): Promise<Connection>
  /** Gets rid of a connection that came second. */
  discard(connection: Connection): void
}

/**
 * Dials the addresses of one peer so that a dead one costs only its head start (RFC 8305, "Happy Eyeballs"): the next begins
 * when one fails or `staggerMs` passed; the first that connects wins and the others are given up. Relays have to wait a little longer, but
 * not for every dead address.
 * Rejects with `network.unreachable`, which names each address and why, or with `signal.reason`.
 */
export function raceDial<Connection>(options: RaceOptions<Connection>): Promise<Connection> {
  const { addresses, more, world, signal, staggerMs, relayHeadStartMs } = options
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  const losers = new AbortController()
  const waiting = addresses.filter(address => !isRelayed(address))
  let relayed: string[] | undefined = addresses.filter(isRelayed)
  const failures: string[] = []
  let lastError: unknown
  let dialling = 0
  let awaited = more !== undefined
  let done = false
  let timer: Timer | undefined
  let relayTimer: Timer | undefined

  const finish = (): void => {
    done = true
    timer?.cancel()
    relayTimer?.cancel()
    signal.removeEventListener('abort', onAbort)
    losers.abort(new Error('Another address was faster.'))
  }
  const onAbort = (): void => {
    finish()
    reject(signal.reason)
  }
  const endIfLost = (): void => {
    if (done || awaited || dialling > 0 || waiting.length > 0) return
    finish()
    reject(unreachable([...(options.lost ?? []), ...failures], lastError))
  }
  const failed = (address: string, error: unknown): void => {
    dialling--
    if (done) return
    lastError = error
    failures.push(`${address}: ${error instanceof Error ? error.message : String(error)}`)
    begin()
    if (dialling === 0) release()
    endIfLost()
  }
  const won = (connection: Connection): void => {
    if (done) {
      options.discard(connection)
      return
    }
    finish()
    resolve(connection)
  }
  const begin = (): void => {
    timer?.cancel()
    timer = undefined
    if (done) return
    const address = waiting.shift()
    if (address === undefined) return
    dialling++
    options.dial(address, losers.signal).then(won, error => failed(address, error))
    timer = world.after(staggerMs, begin)
  }
  /** From now on relays are tried, too, and before what else is left. */
  const release = (): void => {
    if (relayed === undefined) return
    waiting.unshift(...relayed)
    relayed = undefined
    begin()
  }
  const follow = async (found: AsyncIterable<string>): Promise<void> => {
    try {
      for await (const address of found) {
        if (done) return
        if (relayed !== undefined && dialling > 0 && isRelayed(address)) relayed.push(address)
        else waiting.push(address)
        if (timer === undefined || dialling === 0) begin()
      }
    } catch (error) {
      lastError ??= error
    }
    awaited = false
    endIfLost()
  }

  if (signal.aborted) return Promise.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  begin()
  if (dialling === 0) release()
  else relayTimer = world.after(relayHeadStartMs, release)
  if (more !== undefined) void follow(more)
  endIfLost()
  return promise
}

function isRelayed(address: string): boolean {
  return pathOf(address) === 'relayed'
}

function unreachable(failures: readonly string[], cause: unknown): PeerageError {
  const why = failures.length === 0 ? 'no address of it is known' : failures.join('; ')
  return new PeerageError('network.unreachable', `The peer could not be reached: ${why}.`, {
    details: { failures },
    cause,
  })
}
