/** One transfer that has something to do, as the queue sees it. */
export interface Waiting {
  readonly id: string
  /** To fetch what is missing, or to offer it to the public network. */
  readonly wants: 'download' | 'seed'
  readonly isRunning: boolean
  /** It has moved hardly anything for a while: it takes nobody's place. */
  readonly isSlow: boolean
  /** Runs whatever the limits say, and takes nobody's place. */
  readonly forced: boolean
  /** Place that the user gave it, 0 first. */
  readonly position: number | undefined
  readonly addedAt: number
  /** Of bytes sent to size. */
  readonly ratio: number
}

/** 0 is none. */
export interface QueueLimits {
  readonly maxActiveDownloads: number
  readonly maxActiveSeeds: number
  readonly maxActive: number
}

/** Downloads first, as the user ordered them and then as they came; seeds that gave least go before others. */
export function inOrder(all: readonly Waiting[]): Waiting[] {
  const place = ({ position }: Waiting): number => position ?? Number.POSITIVE_INFINITY
  // Whole copies only: two seeds must not take turns because one has sent a block more.
  const given = ({ wants, ratio }: Waiting): number => (wants === 'seed' ? Math.floor(ratio) : 0)
  return [...all].sort(
    (a, b) =>
      Number(a.wants === 'seed') - Number(b.wants === 'seed') ||
      (place(a) === place(b) ? 0 : place(a) - place(b)) ||
      given(a) - given(b) ||
      a.addedAt - b.addedAt ||
      (a.id < b.id ? -1 : 1),
  )
}

/**
 * Who has to wait, and why, in words for people; all others run. What runs and is slow keeps running beside the limits, so that
 * content which nobody has never holds up content which somebody has; only `maxActive` counts it.
 */
export function whoWaits(all: readonly Waiting[], limits: QueueLimits): Map<string, string> {
  const waits = new Map<string, string>()
  const active = { download: 0, seed: 0 }
  let running = 0
  for (const one of inOrder(all)) {
    if (one.forced) continue
    const key = one.wants === 'download' ? 'maxActiveDownloads' : 'maxActiveSeeds'
    const countsNot = one.isRunning && one.isSlow
    if (limits.maxActive > 0 && running >= limits.maxActive)
      waits.set(one.id, reason(limits.maxActive, 'transfers run', 'maxActive'))
    else if (!countsNot && limits[key] > 0 && active[one.wants] >= limits[key])
      waits.set(one.id, reason(limits[key], `${one.wants}s run`, key))
    else {
      running++
      if (!countsNot) active[one.wants]++
    }
  }
  return waits
}

function reason(limit: number, what: string, key: string): string {
  return `${limit} ${limit === 1 ? what.replace('s run', ' runs') : what} already (files.${key}); \`peerage set --forced\` starts it at once`
}

/**
 * Positions to write down so that `id` comes to stand at `position` among `ordered` (ids, first to last): as few as will do,
 * those without one follow behind in the order in which they came.
 */
export function placesFor(
  ordered: readonly { readonly id: string; readonly position: number | undefined }[],
  id: string,
  position: number,
): Map<string, number> {
  const others = ordered.filter(one => one.id !== id).map(one => one.id)
  const at = Math.min(position, others.length)
  const ids = [...others.slice(0, at), id, ...others.slice(at)]
  const had = new Map(ordered.map(one => [one.id, one.position]))
  const last = Math.max(
    at,
    ids.findLastIndex(one => had.get(one) !== undefined),
  )
  return new Map(ids.slice(0, last + 1).map((one, index) => [one, index]))
}
