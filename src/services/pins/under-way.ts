import type { CID } from 'multiformats/cid'
import type { Pin } from '../../store/index.ts'
import type { PinsHost } from './host.ts'

export interface Wanted {
  readonly recursive: boolean
  readonly name: string | undefined
}

/** One pin that is fetched, for all who wait for it. */
export interface SharedPin {
  /** Undefined: the public network is off. */
  readonly session: ReturnType<PinsHost['obtainer']>
  readonly pinning: Promise<Pin>
  /** Whoever is the last to leave ends it; called once. What is done stays. Resolves when it has ended, if so. */
  leave(): Promise<void>
}

interface Running extends Omit<SharedPin, 'leave'> {
  readonly recursive: boolean
  readonly stop: AbortController
  followers: number
}

/** What is being pinned: whoever wants the same follows what somebody else has begun, on the page as in a terminal. */
export class UnderWay {
  readonly #host: PinsHost
  readonly #running = new Map<string, Running>()

  constructor(host: PinsHost) {
    this.#host = host
  }

  /** `session` is closed when it is not needed any more. */
  join(root: CID, wanted: Wanted, session: SharedPin['session']): SharedPin {
    const key = String(root.toV1())
    const known = this.#running.get(key)
    const isEnough =
      known !== undefined && (known.recursive || !wanted.recursive) && !known.stop.signal.aborted
    if (isEnough) session?.close()
    const running = isEnough ? known : this.#begin(key, root, wanted, session)
    running.followers++
    return {
      session: running.session,
      pinning: running.pinning,
      leave: async () => {
        if (--running.followers > 0) return
        running.stop.abort(new Error('Nobody waits for it any more.'))
        await running.pinning.catch(() => undefined)
      },
    }
  }

  #begin(key: string, root: CID, wanted: Wanted, session: SharedPin['session']): Running {
    const { blocks, denylists, pinned } = this.#host
    const stop = new AbortController()
    const pinning = blocks.pin(root, {
      ...wanted,
      signal: stop.signal,
      refuse: one => denylists.check({ root: one, path: [] }),
      ...(session && { obtain: (one, signal = stop.signal) => session.get(one, { signal }) }),
    })
    const running: Running = { recursive: wanted.recursive, session, stop, followers: 0, pinning }
    this.#running.set(key, running)
    const ended = (): void => {
      session?.close()
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
    pinning.then(pin => {
      ended()
      pinned(pin)
    }, ended)
    return running
  }
}
