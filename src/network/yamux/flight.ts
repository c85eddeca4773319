/** Until the speed of the path is known, and the least ever, in bytes. */
const firstWindow = 256 * 1024
const leastWindow = 32 * 1024
/** How long what is under way may stand before the narrowest place of the path, in ms, beside as long as the path itself takes. */
const slackMs = 8
/** For how long a speed is believed, in ms. */
const speedMs = 3_000
/** A round trip without a queue is measured again after so long, in ms. */
const roundTripMs = 10_000
/** Somebody who answers nothing for so long does not answer such pings, and is not waited for; who did before is, for five times that. */
const silenceMs = 2_000
const maxMarkers = 1_024

interface Marker {
  /** All that was sent up to it, in bytes. */
  readonly end: number
  readonly sentAt: number
  /** What was known to have arrived when it was sent, since when, and when that had been sent. */
  readonly arrived: number
  readonly arrivedAt: number
  readonly arrivedSentAt: number
  /** Next to nothing was under way before it. */
  readonly isAlone: boolean
}

/** The best speed of the last while, in two halves, so that an old one is forgotten. */
class BestSpeed {
  #now = 0
  #before = 0
  #since = Number.NEGATIVE_INFINITY

  /** Bytes a millisecond; 0: none. */
  get value(): number {
    return Math.max(this.#now, this.#before)
  }

  add(speed: number, now: number): void {
    if (now - this.#since >= speedMs / 2) {
      this.#before = this.#now
      this.#now = 0
      this.#since = now
    }
    this.#now = Math.max(this.#now, speed)
  }
}

/**
 * How much of a connection is under way. A kernel takes megabytes that then stand in its queue, and a small message behind them; so
 * no more is written than the path carries in two round trips and a few ms. Markers, which the other side answers in order, tell what has
 * arrived. The window is that of BBR (draft-ietf-ccwg-bbr), and so is the pause in which the round trip is measured without a queue.
 */
export class Flight {
  readonly #now: () => number
  readonly #speed: BestSpeed = new BestSpeed()
  readonly #markers: Marker[] = []
  /** Number of the first of `#markers`. */
  #first = 0
  #sent = 0
  #arrived = 0
  #arrivedAt: number
  #arrivedSentAt: number
  #marked = 0
  #roundTrip: number | undefined
  #roundTripAt = 0
  /** Writing pauses, so that the queue runs empty. */
  #isProbing = false

  constructor(now: () => number) {
    this.#now = now
    this.#arrivedAt = now()
    this.#arrivedSentAt = this.#arrivedAt
  }

  /** Bytes that may be under way at once. */
  get window(): number {
    const speed = this.#speed.value
    const roundTrip = this.#roundTrip ?? 0
    if (speed === 0) return firstWindow
    const ms = this.#isProbing ? roundTrip / 2 : 2 * roundTrip + slackMs
    return Math.max(leastWindow, Math.floor(speed * ms))
  }

  /** Bytes that may be written at once, now: a part of the window, so that answers come before all of it is used up. */
  get room(): number {
    if (this.#isUnanswered) return Number.POSITIVE_INFINITY
    const burst = this.#burst
    const free = this.window - this.#underWay
    return free * 4 < burst * 3 ? 0 : Math.min(free, burst)
  }

  /** Without a marker that is to be answered nothing would ever say that the rest has arrived, and the window may have become less than that. */
  get #underWay(): number {
    return this.#markers.length === 0 ? 0 : this.#sent - this.#arrived
  }

  get #burst(): number {
    return Math.floor(this.window / 4)
  }

  /** When to look again though nothing was answered, in ms from now. */
  get patienceMs(): number {
    return silenceMs
  }

  /** Bytes were written; the number of a marker that is to follow them, if one is due. */
  wrote(bytes: number): number | undefined {
    const now = this.#now()
    const underWay = this.#sent - this.#arrived
    if (underWay === 0) {
      // After a pause what had arrived long ago says nothing about the speed.
      this.#arrivedAt = now
      this.#arrivedSentAt = now
    }
    this.#sent += bytes
    if ((this.#sent - this.#marked) * 4 < this.#burst * 3) return undefined
    this.#marked = this.#sent
    if (this.#markers.length >= maxMarkers) this.#drop(1)
    this.#markers.push({
      end: this.#sent,
      sentAt: now,
      arrived: this.#arrived,
      arrivedAt: this.#arrivedAt,
      arrivedSentAt: this.#arrivedSentAt,
      isAlone: this.#isProbing && underWay <= this.window,
    })
    return this.#first + this.#markers.length - 1
  }

  /** A marker was answered. An answer to none that waits changes nothing. */
  answered(number: number): void {
    const marker = this.#markers[number - this.#first]
    if (marker === undefined) return
    const now = this.#now()
    this.#drop(number - this.#first + 1)
    this.#arrived = marker.end
    this.#arrivedAt = now
    this.#arrivedSentAt = marker.sentAt
    this.tookRoundTrip(now - marker.sentAt, marker.isAlone)
    // Answers may come in a heap, but not faster than what they answer was sent.
    const ms = Math.max(now - marker.arrivedAt, marker.sentAt - marker.arrivedSentAt)
    if (ms > 0) this.#speed.add((marker.end - marker.arrived) / ms, now)
  }

  /** A round trip was measured, in ms. `isAlone`: surely without a queue. */
  tookRoundTrip(ms: number, isAlone = false): void {
    const now = this.#now()
    if (isAlone || this.#roundTrip === undefined || ms <= this.#roundTrip) {
      this.#roundTrip = ms
      this.#roundTripAt = now
      this.#isProbing = false
    } else if (now - this.#roundTripAt > roundTripMs) this.#isProbing = true
  }

  get #isUnanswered(): boolean {
    const oldest = this.#markers[0]
    if (oldest === undefined) return false
    const patienceMs = this.#arrived === 0 ? silenceMs : 5 * silenceMs
    return this.#now() - Math.max(this.#arrivedAt, oldest.sentAt) > patienceMs
  }

  #drop(count: number): void {
    this.#markers.splice(0, count)
    this.#first += count
  }
}
