import { isIP, type Socket } from 'node:net'
import { PeerageError } from '../../base/index.ts'
import { nameClient } from './name-client.ts'
import { type ProxyFault, type SocksAddress, SocksRefusal } from './socks-message.ts'
import { proxyText, SocksProxy, type SocksProxyParts } from './socks-proxy.ts'

/** What a SOCKS 5 proxy did when it was asked for all that it is needed for. */
export interface ProxyTrial {
  /** host:port */
  readonly address: string
  /** It is there, speaks SOCKS 5 and lets us in. */
  readonly answers: boolean
  /** Why not, for a person, and in one word. */
  readonly problem?: string
  readonly fault?: ProxyFault
  /** It passes datagrams on: without, there is no Mainline DHT, no uTP and no UDP tracker. */
  readonly udp: boolean
  readonly udpProblem?: string
  /** A connection to another machine through it; absent when it does not answer, or nobody was named. */
  readonly far?: FarTrial
}

/** Whether another machine was reached through a proxy. */
export interface FarTrial {
  /** host:port */
  readonly host: string
  readonly reached: boolean
  /** From the question to the open connection, in milliseconds. */
  readonly ms?: number
  /** Who looked the name up; absent where there was none. */
  readonly namesBy?: 'proxy' | 'name-servers'
  readonly problem?: string
  readonly fault?: FarFault
}

/** The proxy does not allow it, nobody is there, somebody is and refuses, no answer in time, the name is not known, something else. */
export type FarFault = 'forbidden' | 'unreachable' | 'refused' | 'late' | 'name' | 'failed'

/** Who tries a proxy waits for the answer. */
export const proxyTrialMs = 10_000

/** RFC 1928 section 6. */
const farFaults: Readonly<Record<number, FarFault>> = {
  2: 'forbidden',
  3: 'unreachable',
  4: 'unreachable',
  5: 'refused',
  6: 'late',
}

export interface ProxyTrialParts extends Omit<SocksProxyParts, 'onState'> {
  /** Whom to reach through it. */
  readonly far?: SocksAddress | undefined
  /** IP addresses of those who look names up; none: the proxy does. */
  readonly nameServers: readonly string[]
}

/** Rejects with `signal.reason` only. */
export async function tryProxy(parts: ProxyTrialParts, signal: AbortSignal): Promise<ProxyTrial> {
  const late = new AbortController()
  const timer = parts.world.after(proxyTrialMs, () => late.abort(new Late()))
  const either = AbortSignal.any([signal, late.signal])
  try {
    const [datagrams, far] = await Promise.all([tryDatagrams(parts, either), tryFar(parts, either)])
    signal.throwIfAborted()
    // The one question may be answered and the other one not.
    if (!datagrams.answers && far?.reached !== true) return datagrams
    const { address, udp, udpProblem = datagrams.problem } = datagrams
    return {
      address,
      answers: true,
      udp,
      ...(udpProblem !== undefined && { udpProblem }),
      ...(far !== undefined && { far }),
    }
  } finally {
    timer.cancel()
  }
}

class Late extends Error {}

async function tryDatagrams(parts: ProxyTrialParts, signal: AbortSignal): Promise<ProxyTrial> {
  const address = proxyText(parts.address)
  const { proxy, hasAnswered } = proxyOf(parts)
  try {
    const { control } = await proxy.associate(signal)
    control.destroy()
    return { address, answers: true, udp: true }
  } catch (error) {
    if (hasAnswered()) return { address, answers: true, udp: false, udpProblem: messageOf(error) }
    const isLate = error instanceof Late
    const problem = isLate ? `The proxy ${address} does not answer.` : messageOf(error)
    return { address, answers: false, problem, fault: isLate ? 'silent' : proxyFault(error), udp: false }
  }
}

async function tryFar(parts: ProxyTrialParts, signal: AbortSignal): Promise<FarTrial | undefined> {
  const { far, world, nameServers } = parts
  if (far === undefined) return undefined
  const byServers = isIP(far.host) === 0 && nameServers.length > 0
  const told = {
    host: proxyText(far),
    ...(isIP(far.host) === 0 && { namesBy: byServers ? ('name-servers' as const) : ('proxy' as const) }),
  }
  const { proxy } = proxyOf(parts)
  const startedAt = world.now()
  try {
    const to = byServers ? await lookedUp(proxy, parts, far, signal) : far
    const socket = await proxy.reach(to, signal)
    socket.destroy()
    return { ...told, reached: true, ms: Math.round(world.now() - startedAt) }
  } catch (error) {
    const problem = error instanceof Late ? `${told.host} does not answer in time.` : messageOf(error)
    return { ...told, reached: false, problem, fault: farFault(error) }
  }
}

/** Through the proxy as well, as it would be in use. Throws `NameUnknown`. */
async function lookedUp(
  proxy: SocksProxy,
  { nameServers, world }: ProxyTrialParts,
  { host, port }: SocksAddress,
  signal: AbortSignal,
): Promise<SocksAddress> {
  const dial = (target: SocksAddress, either: AbortSignal): Promise<Socket> =>
    proxy.connect(target, AbortSignal.any([signal, either]))
  try {
    const [found] = await nameClient({ servers: () => nameServers, dial, world })(host, 0)
    return { host: found!.address, port }
  } catch (error) {
    signal.throwIfAborted()
    throw new NameUnknown(messageOf(error))
  }
}

class NameUnknown extends Error {}

function proxyOf(parts: ProxyTrialParts): { proxy: SocksProxy; hasAnswered: () => boolean } {
  let answers = false
  const onState = (problem: string | undefined): void => {
    answers = problem === undefined
  }
  return { proxy: new SocksProxy({ ...parts, onState }), hasAnswered: () => answers }
}

function proxyFault(error: unknown): ProxyFault {
  if (!(error instanceof PeerageError)) return 'broken'
  const fault = error.details.fault as ProxyFault | undefined
  return fault ?? (error.code === 'network.egress-down' ? 'unreachable' : 'broken')
}

function farFault(error: unknown): FarFault {
  if (error instanceof Late) return 'late'
  if (error instanceof NameUnknown) return 'name'
  return error instanceof SocksRefusal ? (farFaults[error.reply] ?? 'failed') : 'failed'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
