import { PeerageError, type Timer, type World } from '../base/index.ts'

export interface HeadStart<Result> {
  readonly world: World
  readonly headStartMs: number
  readonly signal: AbortSignal
  first(signal: AbortSignal): Promise<Result>
  second(signal: AbortSignal): Promise<Result>
  /** Gets rid of a result that came too late. */
  discard(result: Result): void
}

/**
 * `second` begins when `first` was in vain, or has nothing after `headStartMs`; the one that succeeds earlier wins. Only
 * `network.unreachable` means in vain: any other error of `first` is thrown at once. When both are, the error tells of both.
 */
export function withHeadStart<Result>(options: HeadStart<Result>): Promise<Result> {
  const { world, headStartMs, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const loser = new AbortController()
  const both = AbortSignal.any([signal, loser.signal])
  const errors: unknown[] = []
  let done = false
  let timer: Timer | undefined

  const settle = (action: () => void): void => {
    if (done) return
    done = true
    timer?.cancel()
    signal.removeEventListener('abort', onAbort)
    action()
    loser.abort(new Error('Another way was faster.'))
  }
  const onAbort = (): void => settle(() => reject(signal.reason))
  const won = (result: Result): void => {
    if (done) options.discard(result)
    else settle(() => resolve(result))
  }
  const failed = (error: unknown): void => {
    errors.push(error)
    if (!(error instanceof PeerageError) || error.code !== 'network.unreachable') settle(() => reject(error))
    else if (errors.length === 2) settle(() => reject(inVain(errors)))
    else begin()
  }
  let begun = false
  const begin = (): void => {
    timer?.cancel()
    if (begun || done) return
    begun = true
    options.second(both).then(won, failed)
  }

  if (signal.aborted) return Promise.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  options.first(both).then(won, failed)
  timer = world.after(headStartMs, begin)
  return promise
}

function inVain(errors: readonly unknown[]): PeerageError {
  const known = errors.filter(error => error instanceof PeerageError)
  const failures = known.flatMap(({ details }) => (details?.failures as string[] | undefined) ?? [])
  const asked = known.flatMap(({ details }) => (details?.asked as string[] | undefined) ?? [])
  const tried = failures.length === 0 ? 'no address of it is known' : failures.join('; ')
  const sought =
    asked.length === 0
      ? 'there is no other way of finding it'
      : `${asked.join(', ')} ${asked.length === 1 ? 'knows' : 'know'} no other way to it`
  return new PeerageError('network.unreachable', `The peer could not be reached: ${tried}; ${sought}.`, {
    details: { failures, asked },
    cause: errors[0],
  })
}
