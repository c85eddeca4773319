import type { Socket } from 'node:net'
import { PeerageError, type World } from '../base/index.ts'
import type { Endpoint } from './datagrams.ts'
import type { Egress } from './egress/index.ts'

export interface RawDialParts {
  readonly world: World
  readonly egress: Egress
  readonly config: { readonly dialTimeoutMs: number }
  readonly rules: { mayReach(ip: string): boolean }
}

/** A TCP connection without anything on it. Rejects with `network.unreachable`, `network.egress-down` or `signal.reason`. */
export async function dialRaw(
  { address, port }: Endpoint,
  { world, egress, config, rules }: RawDialParts,
  signal: AbortSignal,
): Promise<Socket> {
  if (!rules.mayReach(address)) throw unreachable(address, port)
  const timeOut = new AbortController()
  const timer = world.after(config.dialTimeoutMs, () => timeOut.abort(unreachable(address, port)))
  try {
    const family = address.includes(':') ? 6 : 4
    const target = { host: address, port, family } as const
    return await egress.dial(target, AbortSignal.any([signal, timeOut.signal]))
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof PeerageError && cause.code === 'network.egress-down') throw cause
    throw unreachable(address, port, cause)
  } finally {
    timer.cancel()
  }
}

function unreachable(address: string, port: number, cause?: unknown): PeerageError {
  return new PeerageError('network.unreachable', `No connection to ${address} port ${port} could be made.`, {
    cause,
  })
}
