import {
  type ConnectionInfo,
  type DialOutcome,
  ipOf,
  isLocalPath,
  type Path,
  type PunchReport,
  pathOf,
} from '../../network/index.ts'

/** One way to a peer. */
export interface Way {
  /** Multiaddr; of an open inbound connection where it came from. */
  readonly address: string
  readonly path: Path
  /**
   * `used`: new streams take it. `open`: there, but another is nearer. `spare`: it worked, or was not waited for since another was faster.
   * `failed`: see `problem`. `untried`: nobody dialled it in this run. `forbidden`: settings, a ban or a list of addresses say no.
   */
  readonly state: 'used' | 'open' | 'spare' | 'failed' | 'untried' | 'forbidden'
  readonly direction?: 'inbound' | 'outbound'
  /** Round trip in ms. */
  readonly rttMs?: number
  /** World.wallTime() since when it is open, or when it was last tried. */
  readonly at?: number
  /** Why it failed, in plain words. */
  readonly problem?: string
  /** PeerId of the relay through which it goes. */
  readonly via?: string
}

/** How a peer is reached. */
export interface PathReport {
  readonly peer: string
  readonly contact?: string
  readonly connected: boolean
  /** The one that is used first, then what else there is. */
  readonly ways: readonly Way[]
  /** What the latest try came to that should lead both through their routers; see `PunchReport`. */
  readonly punch?: PunchReport
  /** Why there is no connection. */
  readonly problem?: string
  readonly advice?: string
}

export interface PathFacts {
  readonly peer: string
  readonly contact?: string | undefined
  readonly connections: readonly ConnectionInfo[]
  /** Known addresses, best first. */
  readonly known: readonly string[]
  readonly dials: readonly DialOutcome[]
  mayReach(ip: string): boolean
  /** Whether an IP address is on a network of this machine. */
  isLocal(ip: string): boolean
  readonly punch?: PunchReport | undefined
  readonly rttMs?: number | undefined
  readonly problem?: string | undefined
}

const nearest: readonly Path[] = ['memory', 'loopback', 'lan', 'direct', 'relayed']

/** Everything about the ways to a peer, from what the network knows. */
export function pathReportOf(facts: PathFacts): PathReport {
  const { peer, contact, punch, problem } = facts
  const open = openWays(facts)
  const ways = [...open, ...otherWays(facts)]
  const advice = adviceOn(ways, punch)
  return {
    peer,
    ...(contact !== undefined && { contact }),
    connected: open.length > 0,
    ways,
    ...(punch !== undefined && { punch }),
    ...(problem !== undefined && { problem: inPlainWords(problem) }),
    ...(advice !== undefined && { advice }),
  }
}

function openWays({ peer, connections, rttMs }: PathFacts): Way[] {
  return connections
    .filter(one => one.peer === peer)
    .sort((a, b) => nearest.indexOf(a.path) - nearest.indexOf(b.path))
    .map((one, i) => {
      const measured = (i === 0 ? rttMs : undefined) ?? one.rttMs
      return {
        address: withoutPeer(one.address, peer),
        path: one.path,
        state: i === 0 ? 'used' : 'open',
        direction: one.direction,
        at: one.openedAt,
        ...(measured !== undefined && { rttMs: measured }),
        ...viaOf(one.address),
      }
    })
}

/** Known addresses that are not open, and what came of them. */
function otherWays({ peer, connections, known, dials, mayReach, isLocal }: PathFacts): Way[] {
  const open = new Set(
    connections.filter(one => one.peer === peer).map(one => withoutPeer(one.address, peer)),
  )
  const addresses = new Set(
    [...known, ...dials.map(({ address }) => address)].map(one => withoutPeer(one, peer)),
  )
  return [...addresses]
    .filter(address => !open.has(address))
    .map(address => {
      const way = { address, path: pathOf(address, isLocal), ...viaOf(address) }
      if (!mayReach(ipOf(address))) return { ...way, state: 'forbidden' }
      const dial = dials.find(one => one.address === address)
      if (dial === undefined) return { ...way, state: 'untried' }
      const { at, problem } = dial
      const isSpare = problem === undefined || problem === 'Another address was faster.'
      return {
        ...way,
        at,
        ...(isSpare ? { state: 'spare' } : { state: 'failed', problem: inPlainWords(problem) }),
      }
    })
}

/** Why there is no better way, and what to do. */
function adviceOn(ways: readonly Way[], punch: PunchReport | undefined): string | undefined {
  const used = ways.find(({ state }) => state === 'used')
  if (used !== undefined && used.path !== 'relayed') return undefined
  const direct = ways.filter(way => !isLocalPath(way.path) && way.path !== 'relayed')
  const failed = punch?.outcome === 'failed' || direct.some(({ state }) => state === 'failed')
  if (used === undefined && ways.length === 0)
    return 'No address of this peer is known. It has to be online and tell where it is: a link or an invite from it carries its addresses.'
  if (used === undefined)
    return 'Is it online? If it is, its router lets nobody in: `peerage doctor` there tells what to do, and so does `peerage doctor` here.'
  return failed
    ? 'A direct way exists when one of the two routers has opened the port: `peerage doctor` on both sides tells how.'
    : 'A direct way is looked for while this one is used.'
}

const plain: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nobody listens there'],
  [/EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN/, 'no way leads there from here'],
  [/ETIMEDOUT|did not answer within|timed out/i, 'no answer'],
  [/ECONNRESET|EPIPE|socket hang up/, 'the other side hung up'],
  [/EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL/, 'this machine has no address of that kind'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is not known'],
  [/unexpected peer|UnexpectedPeerError|mismatch/i, 'somebody else is there'],
]

/** What a system says, for a person. */
export function inPlainWords(problem: string): string {
  return plain.find(([pattern]) => pattern.test(problem))?.[1] ?? problem
}

function withoutPeer(address: string, peer: string): string {
  const suffix = `/p2p/${peer}`
  return address.endsWith(suffix) ? address.slice(0, -suffix.length) : address
}

function viaOf(address: string): { readonly via?: string } {
  const via = /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1]
  return via === undefined ? {} : { via }
}
