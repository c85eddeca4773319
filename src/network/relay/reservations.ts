import type { World } from '../../base/index.ts'

/** Somebody who may be reached through this peer. */
export interface Reservation {
  /** PeerId. */
  readonly peer: string
  /** Who counts as one for limits, see `addressGroup`. */
  readonly group: string
  /** World.now() from which it is over. */
  readonly until: number
  /** The same for others: seconds since the Unix epoch. */
  readonly expires: number
}

export interface ReservationLimits {
  readonly maxReservations: number
  readonly maxReservationsPerAddress: number
  readonly reservationMinutes: number
}

/** Who may be reached through this peer, until when; bounded in all and for each address. */
export class Reservations {
  readonly #world: World
  readonly #limits: () => ReservationLimits
  readonly #keep: (peer: string) => () => void
  readonly #byPeer = new Map<string, { readonly reservation: Reservation; readonly letGo: () => void }>()

  /** `keep`: keeps the connection to a peer that is idle most of the time, until what it gives is called. */
  constructor(world: World, limits: () => ReservationLimits, keep: (peer: string) => () => void) {
    this.#world = world
    this.#limits = limits
    this.#keep = keep
  }

  /** Makes one, or renews it; undefined when there are too many. */
  make(peer: string, group: string): Reservation | undefined {
    const { maxReservations, maxReservationsPerAddress, reservationMinutes } = this.#limits()
    const others = this.list().filter(one => one.peer !== peer)
    if (others.length >= maxReservations) return undefined
    if (others.filter(one => one.group === group).length >= maxReservationsPerAddress) return undefined
    const lastsMs = reservationMinutes * 60_000
    const expires = Math.floor((this.#world.wallTime() + lastsMs) / 1000)
    const reservation = { peer, group, until: this.#world.now() + lastsMs, expires }
    const { letGo = this.#keep(peer) } = this.#byPeer.get(peer) ?? {}
    this.#byPeer.set(peer, { reservation, letGo })
    return reservation
  }

  get(peer: string): Reservation | undefined {
    const { reservation } = this.#byPeer.get(peer) ?? {}
    return reservation !== undefined && reservation.until > this.#world.now() ? reservation : undefined
  }

  drop(peer: string): void {
    this.#byPeer.get(peer)?.letGo()
    this.#byPeer.delete(peer)
  }

  list(): Reservation[] {
    const now = this.#world.now()
    for (const [peer, { reservation }] of this.#byPeer) if (reservation.until <= now) this.drop(peer)
    return Array.from(this.#byPeer.values(), ({ reservation }) => reservation)
  }
}
