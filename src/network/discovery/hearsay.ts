import { circuitOf } from '../circuit-address.ts'
import { ipOf, isLocalPath, isPrivateIp, type Path, pathOf } from '../path.ts'

/** Addresses of one peer, told by a third. Nothing in it is proven: the connection will prove who answers. */
export interface Heard {
  /** Multiaddrs, with or without /p2p/. */
  readonly addresses: readonly string[]
  /** How whoever told it reaches this machine (`ConnectionInfo.path`); what many told counts as `direct`. */
  readonly teller: Path
}

/** One source gives at most so many addresses of one peer at once. */
export const maxHeardAddresses = 8
/** Of which this many lead into private networks, when they come from elsewhere. */
const maxPrivateFromAfar = 2
/** Whoever listens below it is a service of the operating system, not a peer behind a router. */
const lowestPrivatePort = 1_024

/**
 * What of it may be dialled. Nobody elsewhere may make this peer knock at its own machine, and nearly nobody at its networks: a
 * teller on this machine may name anything, one on our networks all but this machine, everybody else public addresses and, as two
 * peers may sit behind one router, two private ones with ports that no system service has, which are tried last.
 */
export function believable({ addresses, teller }: Heard): string[] {
  const few = addresses.slice(0, 2 * maxHeardAddresses)
  if (teller === 'memory' || teller === 'loopback') return few.slice(0, maxHeardAddresses)
  if (isLocalPath(teller))
    return few.filter(address => isPublic(address) || wayTo(address) === 'lan').slice(0, maxHeardAddresses)
  const far = few.filter(isPublic).slice(0, maxHeardAddresses - maxPrivateFromAfar)
  return [...far, ...few.filter(isPeerNearby).slice(0, maxPrivateFromAfar)]
}

/** Whether one more address may be dialled of those that somebody elsewhere names one by one; the same as above. */
export function fromAfar(): (address: string) => boolean {
  let near = 0
  return address => isPublic(address) || (isPeerNearby(address) && ++near <= maxPrivateFromAfar)
}

/** Of a name it is not known. */
function isPublic(address: string): boolean {
  return !isLocalPath(wayTo(address)) && !isPrivateIp(ipOf(address))
}

function isPeerNearby(address: string): boolean {
  return wayTo(address) === 'lan' && portOf(address) >= lowestPrivatePort
}

/** Of an address behind a relay the way to the relay, which is where it makes us knock. */
function wayTo(address: string): Path {
  return pathOf(circuitOf(address)?.relayAddress ?? address)
}

function portOf(address: string): number {
  return Number(/\/(?:tcp|udp)\/(\d+)/.exec(address)?.[1] ?? 0)
}
