import { type Access, type Admission, contentResource, type Decision } from '../../access/index.ts'
import type { Timer, World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'

export interface StaysParts {
  readonly world: World
  readonly access: Access
  readonly infoHash: Uint8Array
  /** Judges somebody who is here by what it has proven. */
  again(admission: Admission): Decision
  /** It may stay, perhaps on other terms. */
  onStay(stream: PeerStream, decision: Decision): void
  /** It may not stay any longer. The reason is for this machine, never for the peer. */
  onEnd(stream: PeerStream, reason: string): void
  /** Who proves nothing, as peers of a public network do, may not take part any longer. */
  onEndOfStrangers(): void
}

interface Stay {
  readonly admission: Admission
  timer: Timer | undefined
}

/** Timers cannot be set further ahead; permissions that last longer are looked at again then. */
const longestTimerMs = 2_000_000_000

/**
 * Whoever is here, by what it has proven: judged again when anything has changed that a decision hangs on (rules, people, rosters, what was
 * taken back), and when the decision says that its time is over. Others are not disturbed.
 */
export class Stays {
  readonly #parts: StaysParts
  readonly #stays = new Map<PeerStream, Stay>()
  readonly #stopListening: () => void
  #letsStrangersIn: boolean
  /** Many changes at once are looked at once. */
  #soon: Timer | undefined

  constructor(parts: StaysParts) {
    this.#parts = parts
    const resource = contentResource(parts.infoHash)
    this.#letsStrangersIn = mayStrangersRead(parts.access, parts.infoHash)
    this.#stopListening = parts.access.onChanged(changed => {
      if (changed === undefined || changed === resource)
        this.#soon ??= parts.world.after(0, () => this.#judgeAll())
    })
  }

  begin(stream: PeerStream, admission: Admission, decision: Decision): void {
    const stay: Stay = { admission, timer: undefined }
    this.#stays.set(stream, stay)
    this.#until(stream, stay, decision)
  }

  end(stream: PeerStream): void {
    this.#stays.get(stream)?.timer?.cancel()
    this.#stays.delete(stream)
  }

  close(): void {
    this.#stopListening()
    this.#soon?.cancel()
    for (const stream of [...this.#stays.keys()]) this.end(stream)
  }

  #judgeAll(): void {
    this.#soon = undefined
    for (const [stream, stay] of [...this.#stays]) this.#judge(stream, stay)
    const didLetStrangersIn = this.#letsStrangersIn
    this.#letsStrangersIn = mayStrangersRead(this.#parts.access, this.#parts.infoHash)
    if (didLetStrangersIn && !this.#letsStrangersIn) this.#parts.onEndOfStrangers()
  }

  #judge(stream: PeerStream, stay: Stay): void {
    if (this.#stays.get(stream) !== stay) return
    stay.timer?.cancel()
    const decision = this.#parts.again(stay.admission)
    if (decision.allowed) {
      this.#parts.onStay(stream, decision)
      this.#until(stream, stay, decision)
    } else {
      this.end(stream)
      this.#parts.onEnd(stream, decision.reason)
    }
  }

  #until(stream: PeerStream, stay: Stay, { until = Number.POSITIVE_INFINITY }: Decision): void {
    if (until === Number.POSITIVE_INFINITY) return
    const { world, access } = this.#parts
    const leftMs = Math.min(Math.max(0, until - access.now()), longestTimerMs)
    stay.timer = world.after(leftMs, () => this.#judge(stream, stay))
  }
}

/** Strangers of a public network prove nothing: they get what everyone gets. */
export function mayStrangersRead(access: Access, infoHash: Uint8Array): boolean {
  const resource = contentResource(infoHash)
  return access.check({ subject: { peer: 'anybody' }, action: 'read', resource }).allowed
}
