import { PeerageError, type World } from '../../base/index.ts'
import { dcutrTokenBytes } from '../../wire/index.ts'
import type { Endpoint } from '../datagrams.ts'
import type { NatKind } from '../nat/index.ts'
import { orAborted } from '../or-aborted.ts'
import { pathOf } from '../path.ts'
import type { PeerStream } from '../peer-stream.ts'
import { Conversation } from './conversation.ts'
import { connectOf, type Place, sideOf } from './messages.ts'
import { isSameHome, type Plan, planPunch } from './punch-plan.ts'

export const dcutrProtocol = '/libp2p/dcutr'

/** Tries in one go; libp2p specs `relay/DCUtR.md` say three. */
const attempts = 3
const attemptMs: readonly number[] = [1_000, 2_500, 1_500]
const answerMs = 5_000
const dialMs = 3_000
/** What our router does is looked at before; not for longer. */
const refreshMs = 700
/** Pauses after which everything is tried again while the connection stays relayed. */
const firstPauseMs = 30_000
const longestPauseMs = 30 * 60_000
/** Peers of which the latest result is kept. */
export const maxReports = 256

/** What the latest try for a direct way to a peer came to. */
export interface PunchReport {
  /** World.wallTime() when it began. */
  readonly at: number
  readonly attempts: number
  /** Where packets were sent and connections were tried. */
  readonly tried: readonly string[]
  readonly ours: NatKind
  readonly theirs?: NatKind
  readonly outcome: 'trying' | 'direct' | 'failed'
  /** Why it failed, as part of a sentence. */
  readonly reason?: string
}

export interface PuncherPorts {
  readonly world: World
  /** Where we are, as is known now. */
  place(): Place
  /** Has it found out again. */
  refresh(): Promise<void>
  isRelayed(peer: string): boolean
  isDirect(peer: string): boolean
  /** A stream over the relayed connection. */
  open(peer: string, signal: AbortSignal): Promise<PeerStream>
  /** Connects to one of these addresses, if they lead somewhere. */
  dial(peer: string, addresses: readonly string[], signal: AbortSignal): Promise<void>
  /** Sends hello to all of these until one answers as that peer. One side asks, the other answers. */
  greet(greeting: Greeting): Promise<void>
  /** Opens ports of our router towards the other side: many of theirs, or many of ours. */
  widen(plan: Plan, signal: AbortSignal): void
}

export interface Greeting {
  readonly peer: string
  readonly endpoints: readonly Endpoint[]
  readonly token: Uint8Array
  readonly asks: boolean
  readonly signal: AbortSignal
}

interface Act {
  readonly asks: boolean
  readonly token: Uint8Array | undefined
  readonly attempt: number
}

interface Going {
  readonly stop: AbortController
  failures: number
}

/** Brings peers that are connected through a relay together directly (libp2p specs `relay/DCUtR.md`). */
export class Puncher {
  readonly #ports: PuncherPorts
  readonly #going = new Map<string, Going>()
  readonly #reports = new Map<string, PunchReport>()

  constructor(ports: PuncherPorts) {
    this.#ports = ports
  }

  report(peer: string): PunchReport | undefined {
    return this.#reports.get(peer)
  }

  /** A connection through a relay stands. Who was connected to begins; the other side listens. */
  relayed(peer: string, direction: 'inbound' | 'outbound'): void {
    this.#ports.refresh().catch(() => undefined)
    if (direction === 'inbound') this.#begin(peer)
  }

  /** Nothing leads through a relay to this peer any more, or a direct connection stands. */
  settled(peer: string, isDirect: boolean): void {
    this.#going.get(peer)?.stop.abort(new Error('It is settled.'))
    this.#going.delete(peer)
    const report = this.#reports.get(peer)
    if (isDirect && report !== undefined && report.outcome !== 'direct')
      this.#note(peer, { ...report, outcome: 'direct' })
  }

  /** We are in another network: what failed may work now. */
  startOver(): void {
    for (const [peer, going] of [...this.#going]) {
      going.stop.abort(new Error('Everything is tried again.'))
      this.#going.delete(peer)
      this.#begin(peer)
    }
  }

  stop(): void {
    for (const { stop } of this.#going.values()) stop.abort(new Error('The network stops.'))
    this.#going.clear()
  }

  /** The other side begins. Serves one attempt. */
  async answer(stream: PeerStream): Promise<void> {
    const { world } = this.#ports
    const { peer } = stream
    const limit = new AbortController()
    const timer = world.after(answerMs + attemptMs[1]!, () => limit.abort(new Error('It took too long.')))
    const conversation = new Conversation(stream, world)
    try {
      const place = this.#ports.place()
      const heard = await conversation.hear('connect', answerMs, limit.signal)
      const theirs = sideOf(heard, place.isHere)
      conversation.say(connectOf(place))
      const attempt = Math.min(attempts, this.#attemptOf(peer) + 1)
      const plan = planPunch(place.side, theirs.side, attempt, world)
      const isPlan = typeof plan !== 'string'
      this.#note(peer, {
        at: world.wallTime(),
        attempts: attempt,
        tried: isPlan ? tried(plan) : [],
        ours: place.side.nat,
        theirs: theirs.side.nat,
        outcome: isPlan ? 'trying' : 'failed',
        ...(!isPlan && { reason: plan }),
      })
      if (!isPlan) return
      await conversation.hear('sync', answerMs, limit.signal)
      await this.#act(peer, plan, { asks: true, token: heard.token, attempt }, limit.signal)
    } catch (error) {
      this.#failed(peer, error, this.#attemptOf(peer) === 0)
    } finally {
      timer.cancel()
      conversation.close()
      // For the next attempt, if there is one.
      this.#ports.refresh().catch(() => undefined)
    }
  }

  #begin(peer: string): void {
    if (this.#going.has(peer) || this.#ports.isDirect(peer)) return
    const going: Going = { stop: new AbortController(), failures: 0 }
    this.#going.set(peer, going)
    void this.#go(peer, going)
  }

  async #go(peer: string, going: Going): Promise<void> {
    const { world } = this.#ports
    const { signal } = going.stop
    try {
      await this.#try(peer, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#failed(peer, error, true)
    }
    if (signal.aborted || this.#ports.isDirect(peer)) return
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** going.failures++)
    const timer = world.after(pauseMs * (0.75 + world.random.fraction() / 2), () => {
      if (this.#ports.isRelayed(peer)) void this.#go(peer, going)
      else this.settled(peer, false)
    })
    signal.addEventListener('abort', () => timer.cancel(), { once: true })
  }

  /** All attempts of one go. Rejects with why the last one failed. */
  async #try(peer: string, signal: AbortSignal): Promise<void> {
    const { world } = this.#ports
    await this.#refreshed(signal)
    const { side } = this.#ports.place()
    this.#note(peer, { at: world.wallTime(), attempts: 0, tried: [], ours: side.nat, outcome: 'trying' })
    for (let attempt = 1; ; attempt++)
      try {
        if (attempt > 1) await this.#refreshed(signal)
        return await this.#attempt(peer, attempt, signal)
      } catch (error) {
        if (signal.aborted || attempt === attempts || error instanceof Hopeless) throw error
      }
  }

  async #attempt(peer: string, attempt: number, signal: AbortSignal): Promise<void> {
    const { world } = this.#ports
    const stream = await this.#ports.open(peer, signal)
    const conversation = new Conversation(stream, world)
    try {
      const place = this.#ports.place()
      const asked = world.now()
      const token = world.random.bytes(dcutrTokenBytes)
      conversation.say(connectOf(place, token))
      const theirs = sideOf(await conversation.hear('connect', answerMs, signal), place.isHere)
      const halfMs = (world.now() - asked) / 2
      const plan = planPunch(place.side, theirs.side, attempt, world)
      const isNear = isSameHome(place.side, theirs.side)
      const near = theirs.dialable.filter(address => isNear || pathOf(address) !== 'lan')
      const dialled = attempt === 1 ? near : []
      const report = this.#reports.get(peer)!
      this.#note(peer, {
        ...report,
        attempts: attempt,
        tried: [...new Set([...report.tried, ...dialled, ...(typeof plan === 'string' ? [] : tried(plan))])],
        theirs: theirs.side.nat,
      })
      const both = new AbortController()
      const limit = AbortSignal.any([signal, both.signal])
      const dial = this.#dial(peer, dialled, limit)
      dial.catch(() => undefined)
      try {
        if (typeof plan === 'string') {
          if (dialled.length === 0) throw new Hopeless(plan)
          return await dial.catch(() => {
            throw new Hopeless(plan)
          })
        }
        conversation.say({ type: 'sync', addresses: [] })
        await pause(world, halfMs, signal)
        await Promise.any([dial, this.#act(peer, plan, { asks: false, token, attempt }, limit)])
      } finally {
        both.abort(new Error('It is decided.'))
      }
    } finally {
      conversation.close()
    }
  }

  async #dial(peer: string, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    if (addresses.length === 0)
      throw new PeerageError('network.unreachable', 'It has no address to connect to.')
    await within(this.#ports.world, dialMs, signal, own => this.#ports.dial(peer, addresses, own))
  }

  async #act(peer: string, plan: Plan, how: Act, signal: AbortSignal): Promise<void> {
    const { asks, token, attempt } = how
    if (token === undefined) throw new PeerageError('peer.protocol', 'It knows no UDX.')
    await within(this.#ports.world, attemptMs[attempt - 1]!, signal, own => {
      this.#ports.widen(plan, own)
      return this.#ports.greet({ peer, endpoints: plan.targets, token, asks, signal: own })
    })
  }

  async #refreshed(signal: AbortSignal): Promise<void> {
    await within(this.#ports.world, refreshMs, signal, own => orAborted(this.#ports.refresh(), own)).catch(
      () => signal.throwIfAborted(),
    )
  }

  /** How many attempts the go that runs now has had. */
  #attemptOf(peer: string): number {
    const report = this.#reports.get(peer)
    const isFresh = report !== undefined && this.#ports.world.wallTime() - report.at < firstPauseMs / 2
    return isFresh && report.outcome !== 'direct' ? report.attempts % attempts : 0
  }

  #failed(peer: string, error: unknown, isLast: boolean): void {
    const report = this.#reports.get(peer)
    if (report === undefined || report.outcome === 'direct' || this.#ports.isDirect(peer)) return
    // Who answers does not decide whether there are more attempts.
    const outcome = isLast ? 'failed' : 'trying'
    this.#note(peer, { ...report, outcome, reason: reasonOf(error) })
  }

  #note(peer: string, report: PunchReport): void {
    this.#reports.delete(peer)
    this.#reports.set(peer, report)
    if (this.#reports.size > maxReports) this.#reports.delete(this.#reports.keys().next().value!)
  }
}

/** Trying again at once would not help. */
class Hopeless extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof Hopeless) return error.message
  if (error instanceof PeerageError && error.code === 'peer.protocol')
    return 'the other program does not take part'
  return 'no packet came through'
}

/** For people: where packets went. */
function tried({ targets, scatter, sockets }: Plan): string[] {
  const named = targets
    .slice(0, 8)
    .map(({ address, port }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`))
  return [
    ...named,
    ...(targets.length > 8 ? [`${targets.length - 8} ports ahead`] : []),
    ...(scatter.length > 0 ? [`${scatter.length} ports by chance`] : []),
    ...(sockets > 0 ? [`from ${sockets} ports`] : []),
  ]
}

/** Runs `task` with a signal that also fires after `ms`, and at the end. */
async function within<Result>(
  world: World,
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController()
  const timer = world.after(ms, () =>
    late.abort(new PeerageError('network.unreachable', 'It took too long.')),
  )
  try {
    return await task(AbortSignal.any([signal, late.signal]))
  } finally {
    timer.cancel()
    late.abort(new Error('It is over.'))
  }
}

async function pause(world: World, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = world.after(ms, resolve)
  await orAborted(promise, signal).finally(() => timer.cancel())
}
