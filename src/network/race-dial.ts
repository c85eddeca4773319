import type { Timer, World } from '../base/index.ts'
import { PeerageError } from '../base/index.ts'
import { type Path, pathOf } from './path.ts'

const rank: Readonly<Record<Path, number>> = { memory: 0, loopback: 1, lan: 2, direct: 3, relayed: 4 }

/** Addresses in the order in which to try them: nearest first, otherwise as given. */
export function byNearness(addresses: readonly string[]): string[] {
  return [...addresses].sort((a, b) => rank[pathOf(a)] - rank[pathOf(b)])
}

export interface RaceOptions<Connection> {
  readonly addresses: readonly string[]
  readonly world: World
  /** Head start of an address before the next one is tried as well. */
  readonly staggerMs: number
  readonly signal: AbortSignal
  dial(address: string, signal: AbortSignal): Promise<Connection>
  /** Gets rid of a connection that came second. */
  discard(connection: Connection): void
}

/**
 * Dials the addresses of one peer so that a dead one costs only its head start (RFC 8305, "Happy Eyeballs"): the next begins
 * when one fails or `staggerMs` passed; the first that connects wins and the others are given up.
 * Rejects with `network.unreachable`, which names each address and why, or with `signal.reason`.
 */
export function raceDial<Connection>(options: RaceOptions<Connection>): Promise<Connection> {
  const { addresses, world, signal, staggerMs } = options
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  const losers = new AbortController()
  const failures: string[] = []
  let next = 0
  let done = false
  let timer: Timer | undefined

  const finish = (): void => {
    done = true
    timer?.cancel()
    signal.removeEventListener('abort', onAbort)
    losers.abort(new Error('Another address was faster.'))
  }
  const onAbort = (): void => {
    finish()
    reject(signal.reason)
  }
  const failed = (address: string, error: unknown): void => {
    if (done) return
    failures.push(`${address}: ${error instanceof Error ? error.message : String(error)}`)
    if (failures.length < addresses.length) {
      begin()
      return
    }
    finish()
    reject(unreachable(failures, error))
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
    const address = addresses[next++]
    if (address === undefined || done) return
    options.dial(address, losers.signal).then(won, error => failed(address, error))
    timer = world.after(staggerMs, begin)
  }

  if (signal.aborted) return Promise.reject(signal.reason)
  if (addresses.length === 0) return Promise.reject(unreachable([], undefined))
  signal.addEventListener('abort', onAbort)
  begin()
  return promise
}

function unreachable(failures: readonly string[], cause: unknown): PeerageError {
  const why = failures.length === 0 ? 'no address of it is known' : failures.join('; ')
  return new PeerageError('network.unreachable', `The peer could not be reached: ${why}.`, {
    details: { failures },
    cause,
  })
}
