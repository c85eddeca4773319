import type { Timer, World } from '../base/index.ts'

/** Why connections may be dead: the interfaces are others than before, or this machine did not run for a while. */
export type NetworkChange = 'interfaces' | 'woke'

export interface NetworkWatchPorts {
  readonly world: Pick<World, 'now' | 'wallTime' | 'after' | 'every'>
  /** Reads the interfaces; true when they changed. */
  refresh(): boolean
  onChange(change: NetworkChange): void
}

const checkMs = 3_000
/** After a sign of trouble the interfaces are read at once, but not more often than so. */
const suspicionMs = 250
/** A machine that is busy is late too; one that slept is later. */
const sleptMs = 5_000

/**
 * Notices that this machine is on another network, or was asleep: by a look at the interfaces every few seconds and whenever a connection
 * fails, and by time that passed without us. A clock that was set looks like sleep, which costs a few pings.
 */
export class NetworkWatch {
  readonly #ports: NetworkWatchPorts
  readonly #timer: Timer
  #suspicion: Timer | undefined
  #stopped = false
  #now: number
  #wall: number

  constructor(ports: NetworkWatchPorts) {
    this.#ports = ports
    this.#now = ports.world.now()
    this.#wall = ports.world.wallTime()
    this.#timer = ports.world.every(checkMs, () => this.#check())
  }

  /** A connection or a dial failed: perhaps the network is gone. */
  suspect(): void {
    if (this.#stopped) return
    this.#suspicion ??= this.#ports.world.after(suspicionMs, () => {
      this.#suspicion = undefined
      this.#look()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
    this.#suspicion?.cancel()
  }

  #check(): void {
    const { world } = this.#ports
    const now = world.now()
    const wall = world.wallTime()
    const passed = now - this.#now
    // The monotonic clock stands still while a machine sleeps, on most systems.
    const slept = Math.max(wall - this.#wall - passed, passed - checkMs)
    this.#now = now
    this.#wall = wall
    if (!this.#look() && slept > sleptMs) this.#ports.onChange('woke')
  }

  #look(): boolean {
    const changed = this.#ports.refresh()
    if (changed) this.#ports.onChange('interfaces')
    return changed
  }
}
