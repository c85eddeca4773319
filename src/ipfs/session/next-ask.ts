import type { SessionSource } from './session-source.ts'
import type { SessionSources } from './session-sources.ts'
import type { WantedBlock } from './wanted-block.ts'
import type { Wants } from './wants.ts'

/** Another source is asked for the same block when it would have it in a third of the time. */
const worthIt = 3

export interface Spreading {
  readonly wants: Wants
  readonly sources: SessionSources
  /** How long a block is taken to be. */
  readonly meanBytes: number
  /** World.now(). */
  readonly now: number
  /** See `SessionParts`. */
  readonly publicOnly: boolean
  /** See `SessionConfig`. */
  readonly maxAskers: number
}

/** Whom to ask for what now: for the most urgent the one that will have it first. It stands in the queue no more. */
export function nextAsk(spreading: Spreading): [SessionSource, WantedBlock] | undefined {
  const { wants, sources, meanBytes, now } = spreading
  if (wants.queue.length === 0) return again(spreading)
  const free = sources.all().filter(source => mayAsk(source, spreading))
  // Those of unknown speed first: they are given little, and then known.
  const eta = ({ depth }: SessionSource): number => (depth.bytesPerSecond === 0 ? 0 : depth.etaMs(meanBytes))
  free.sort((a, b) => eta(a) - eta(b))
  const likely = sources.all().filter(source => source.isLikely && isAllowed(source, spreading))
  for (const source of free) {
    const at = wants.queue.findIndex(
      wanted => isFor(source, wanted, now) && (!source.isLacking || lacksAll(wanted, likely)),
    )
    const wanted = at < 0 ? undefined : wants.take(at)
    if (wanted !== undefined) return [source, wanted]
  }
  return undefined
}

/** Nothing waits: a block that a slow source owes is asked of a much faster one, too. */
function again(spreading: Spreading): [SessionSource, WantedBlock] | undefined {
  const { wants, sources, meanBytes, now, maxAskers } = spreading
  const all = sources.all()
  if (wants.size === 0 || all.length < 2) return undefined
  const candidates = wants
    .all()
    .filter(({ asked, keeping }) => asked.size > 0 && asked.size < maxAskers && !keeping)
    .sort((a, b) => a.order - b.order)
  for (const source of all) {
    if (!mayAsk(source, spreading) || source.isLacking || source.depth.bytesPerSecond === 0) continue
    const enoughMs = Math.max(worthIt * source.depth.etaMs(meanBytes), 1)
    const wanted = candidates.find(
      each => isFor(source, each, now) && remainingMs(each, sources, now) > enoughMs,
    )
    if (wanted !== undefined) return [source, wanted]
  }
  return undefined
}

function mayAsk(source: SessionSource, spreading: Spreading): boolean {
  return source.hasRoom(spreading.meanBytes) && isAllowed(source, spreading)
}

function isAllowed({ isPublic }: SessionSource, { publicOnly }: Spreading): boolean {
  return isPublic || !publicOnly
}

/** Whether all of these said that they have it not. */
function lacksAll({ without }: WantedBlock, sources: readonly SessionSource[]): boolean {
  return sources.every(({ source }) => without.has(source.name))
}

function isFor({ source: { name } }: SessionSource, { asked, without }: WantedBlock, now: number): boolean {
  return !asked.has(name) && (without.get(name)?.until ?? 0) <= now
}

/** Until somebody who was asked for it will have sent it, as it looks. */
function remainingMs({ asked }: WantedBlock, sources: SessionSources, now: number): number {
  const times = [...asked].map(([name, { at }]) => {
    const depth = sources.get(name)?.depth
    if (depth === undefined) return Number.POSITIVE_INFINITY
    const usual = depth.bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : depth.etaMs(0)
    // Who is late will be later.
    return Math.max(usual, now - at - usual)
  })
  return Math.min(...times)
}
