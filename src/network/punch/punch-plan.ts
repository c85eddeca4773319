import type { World } from '../../base/index.ts'
import type { Endpoint } from '../datagrams.ts'
import { type NatKind, portsAhead } from '../nat/index.ts'

/** What one peer tells the other before both send at once. */
export interface Side {
  /** What stands before its IPv4. */
  readonly nat: NatKind
  readonly step?: number | undefined
  /** Where it is seen from outside, over UDP. */
  readonly outside: readonly Endpoint[]
  /** Where it is on its own networks. */
  readonly inside: readonly Endpoint[]
}

export interface Plan {
  /** To each of these hello is sent. */
  readonly targets: readonly Endpoint[]
  /** Ports of the other router that were drawn by chance: one of them may be open for us. */
  readonly scatter: readonly Endpoint[]
  /** So many sockets send to the other side, each with a port of its own in our router. */
  readonly sockets: number
}

/** Ports of a router that takes the next one for each destination. */
const ahead = 32
/**
 * Where a router draws its ports by chance, so many sockets behind it and so many tries at the other side meet with a probability of
 * 98 % (the birthday paradox: 1 - (1 - 256 / 64512) ^ 1024).
 */
export const maxSockets = 256
export const maxScatter = 1_024
/**
 * Where our router goes on by a step, so many fresh sockets send as well: it may have given ours its port towards that endpoint before (for a
 * dial, or an attempt), which lies behind those that the other side tries.
 */
const freshSockets = 4
const firstPort = 1_024

const nothing: Plan = { targets: [], scatter: [], sockets: 0 }

/** What to send where, or why there is no use. `attempt` counts from 1: what costs many packets is left for later ones. */
export function planPunch(ours: Side, theirs: Side, attempt: number, world: World): Plan | string {
  const inside = isSameHome(ours, theirs) ? theirs.inside : []
  const targets = [...inside]
  const families = new Set(ours.outside.map(familyOf))
  const facing = theirs.outside.filter(endpoint => families.has(familyOf(endpoint)))
  const from4 = ours.outside.find(endpoint => familyOf(endpoint) === 4)
  const to4 = facing.find(endpoint => familyOf(endpoint) === 4)
  if (facing.length === 0) return targets.length > 0 ? { ...nothing, targets } : whyNone(ours, theirs)
  targets.push(...facing)
  if (from4 === undefined || to4 === undefined) return { ...nothing, targets }
  if (theirs.nat === 'hard' && theirs.step !== undefined) targets.push(...portsAhead(to4, theirs.step, ahead))
  const isOursDrawn = ours.nat === 'hard' && ours.step === undefined
  const isTheirsDrawn = theirs.nat === 'hard' && theirs.step === undefined
  if ((isOursDrawn && theirs.nat === 'hard') || (isTheirsDrawn && ours.nat === 'hard'))
    return inside.length > 0 ? { ...nothing, targets } : bothHard
  const fresh = ours.nat === 'hard' && theirs.nat !== 'hard' ? freshSockets : 0
  if (attempt === 1) return { ...nothing, targets, sockets: isOursDrawn ? 0 : fresh }
  return {
    targets,
    scatter: isTheirsDrawn ? drawn(to4.address, world) : [],
    sockets: isOursDrawn ? maxSockets : fresh,
  }
}

const bothHard = 'both routers choose a new port for each destination'

/** Behind the same router: it may not turn packets round. */
export function isSameHome(ours: Side, theirs: Side): boolean {
  if (ours.outside.length === 0 && theirs.outside.length === 0) return true
  return ours.outside.some(
    mine => familyOf(mine) === 4 && theirs.outside.some(({ address }) => address === mine.address),
  )
}

function whyNone(ours: Side, theirs: Side): string {
  if (ours.nat === 'blocked') return 'no UDP passes out of the network of this peer'
  if (theirs.nat === 'blocked') return 'no UDP passes out of the network of the other peer'
  if (ours.outside.length === 0) return 'nobody has told this peer yet where it is seen from outside'
  if (theirs.outside.length === 0) return 'the other peer does not know where it is seen from outside'
  return 'one peer has only IPv4 and the other only IPv6'
}

function drawn(address: string, { random }: World): Endpoint[] {
  const ports = new Set<number>()
  while (ports.size < maxScatter) ports.add(firstPort + random.below(65_536 - firstPort))
  return Array.from(ports, port => ({ address, port }))
}

function familyOf({ address }: Endpoint): 4 | 6 {
  return address.includes(':') ? 6 : 4
}
