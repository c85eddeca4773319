/** What is known of one connection when one has to go. */
export interface ConnectionFacts {
  readonly id: string
  /** Contacts, fellows, relays in use: they stay. */
  readonly kept: boolean
  /** Address group of the other side, such as an IPv4 /24. */
  readonly group: string
  /** Streams that this side opened. */
  readonly ownStreams: number
  /** Round trip in ms; undefined until measured. */
  readonly rttMs: number | undefined
  /** Bytes of streams that came in during the last minute or so. */
  readonly recentBytes: number
  readonly ageMs: number
}

/** Of the connections that are in question, this share is spared for each merit. */
const share = 1 / 8

type Facts = readonly ConnectionFacts[]

/**
 * The connection that is of least use, or undefined when all are of some. Each merit spares some connections, and no two
 * are won in the same way, so that somebody who opens many cannot win all places (after Bitcoin Core's eviction): near in time,
 * sending something, alone of its address group, and long here. Of the rest the youngest of the most crowded group goes.
 */
export function leastUseful(connections: Facts, salt: number): string | undefined {
  let open = connections.filter(({ kept, ownStreams }) => !kept && ownStreams === 0)
  const some = Math.ceil(open.length * share)
  open = spare(open, some, ({ rttMs }) => -(rttMs ?? Number.POSITIVE_INFINITY))
  open = spare(open, some, ({ recentBytes }) => recentBytes)
  open = spareGroups(open, some, salt)
  open = spare(open, Math.ceil(open.length / 2), ({ ageMs }) => ageMs)
  return youngestOfCrowd(open)
}

/** The one that has to go for somebody who is kept, though all are of some use. */
export function leastMissed(connections: Facts): string | undefined {
  const open = connections.filter(({ kept }) => !kept)
  const idle = open.filter(({ ownStreams }) => ownStreams === 0)
  return youngestOfCrowd(idle.length > 0 ? idle : open)
}

/** Without the `count` that have the most of something. */
function spare(open: Facts, count: number, merit: (one: ConnectionFacts) => number): ConnectionFacts[] {
  return [...open].sort((a, b) => merit(b) - merit(a)).slice(count)
}

/** Without the oldest of each of `count` groups, in an order that nobody outside can know. */
function spareGroups(open: Facts, count: number, salt: number): ConnectionFacts[] {
  const oldest = new Map<string, ConnectionFacts>()
  for (const one of open) {
    const known = oldest.get(one.group)
    if (known === undefined || known.ageMs < one.ageMs) oldest.set(one.group, one)
  }
  const chosen = [...oldest.values()]
    .sort((a, b) => scattered(a.group, salt) - scattered(b.group, salt))
    .slice(0, count)
  return open.filter(one => !chosen.includes(one))
}

function youngestOfCrowd(open: Facts): string | undefined {
  const crowds = new Map<string, number>()
  for (const { group } of open) crowds.set(group, (crowds.get(group) ?? 0) + 1)
  const crowd = ({ group }: ConnectionFacts): number => crowds.get(group) ?? 0
  return [...open].sort((a, b) => crowd(b) - crowd(a) || a.ageMs - b.ageMs)[0]?.id
}

/** FNV-1a with a salt. */
function scattered(text: string, salt: number): number {
  let hash = (0x811c9dc5 ^ salt) >>> 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}
