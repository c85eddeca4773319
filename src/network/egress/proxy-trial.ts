import { PeerageError } from '../../base/index.ts'
import { proxyText, SocksProxy, type SocksProxyParts } from './socks-proxy.ts'

/** What a SOCKS 5 proxy said when it was asked to pass datagrams on, which takes everything but a far end. */
export interface ProxyTrial {
  /** host:port */
  readonly address: string
  /** It is there, speaks SOCKS 5 and lets us in. */
  readonly answers: boolean
  /** Why not, for a person. */
  readonly problem?: string
  /** It passes datagrams on: without, there is no Mainline DHT, no uTP and no UDP tracker. */
  readonly udp: boolean
  readonly udpProblem?: string
}

/** Who tries a proxy waits for the answer. */
export const proxyTrialMs = 10_000

/** Rejects with `signal.reason` only. */
export async function tryProxy(
  parts: Omit<SocksProxyParts, 'onState'>,
  signal: AbortSignal,
): Promise<ProxyTrial> {
  const address = proxyText(parts.address)
  let answers = false
  const onState = (problem: string | undefined): void => {
    answers = problem === undefined
  }
  const late = new AbortController()
  const timer = parts.world.after(proxyTrialMs, () =>
    late.abort(new PeerageError('network.egress-down', `The proxy ${address} does not answer.`)),
  )
  try {
    const proxy = new SocksProxy({ ...parts, onState })
    const { control } = await proxy.associate(AbortSignal.any([signal, late.signal]))
    control.destroy()
    return { address, answers: true, udp: true }
  } catch (error) {
    signal.throwIfAborted()
    const problem = error instanceof Error ? error.message : String(error)
    return answers
      ? { address, answers, udp: false, udpProblem: problem }
      : { address, answers, problem, udp: false }
  } finally {
    timer.cancel()
  }
}
