import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { BlockSession } from '../ports.ts'

/** Told while somebody waits for blocks that do not come. */
export interface Looking {
  readonly phase: 'looking'
  /** What is looked for, as the user named it. */
  readonly name: string
  /** Peers and gateways that were asked. */
  readonly asked: number
  readonly quietMs: number
}

export interface Patience {
  readonly world: World
  /** What is waited for; undefined while nobody is asked. */
  session(): Pick<BlockSession, 'asked' | 'quietMs'> | undefined
  readonly name: string
  /** For how long nothing may come. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const tickMs = 500

/**
 * What `work` gives and, while it waits for others, how that goes. Throws what `work` throws, `signal.reason`, and `network.no-peers` when nothing
 * has come for too long.
 */
export async function* withPatience<T, R>(
  patience: Patience,
  work: (signal: AbortSignal) => AsyncGenerator<T, R>,
): AsyncGenerator<T | Looking, R> {
  const { world, timeoutMs, name } = patience
  const stop = new AbortController()
  const running = work(AbortSignal.any([patience.signal, stop.signal]))
  try {
    for (;;) {
      const next = running.next()
      for (;;) {
        const turn = await withinTick(world, next)
        if (turn?.done) return turn.value
        if (turn !== undefined) {
          yield turn.value
          break
        }
        const { asked, quietMs } = patience.session() ?? { asked: 0, quietMs: 0 }
        if (quietMs >= Math.min(tickMs, timeoutMs)) yield { phase: 'looking', name, asked, quietMs }
        if (quietMs > timeoutMs) stop.abort(gaveUp(name, asked, timeoutMs))
      }
    }
  } finally {
    stop.abort(new Error('Nobody waits for it any more.'))
    await running.return(undefined as R).catch(() => undefined)
  }
}

function gaveUp(name: string, asked: number, timeoutMs: number): PeerageError {
  const whom = asked === 1 ? '1 peer or gateway was' : `${asked} peers and gateways were`
  return new PeerageError(
    'network.no-peers',
    `Nobody gave anything of ${name} within ${timeoutMs / 1000} seconds; ${whom} asked.`,
    { details: { asked } },
  )
}

/** What comes of it within half a second; undefined: it takes longer. */
export async function withinTick<T>(world: World, work: Promise<T>): Promise<T | undefined> {
  let timer: Timer | undefined
  const tick = new Promise<undefined>(resolve => {
    timer = world.after(tickMs, () => resolve(undefined))
  })
  try {
    return await Promise.race([work, tick])
  } finally {
    timer?.cancel()
  }
}
