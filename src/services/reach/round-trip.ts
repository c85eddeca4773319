import { equalBytes, PeerageError, type World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'

/** libp2p's own, which every peer answers (specs/ping). */
const pingProtocol = '/ipfs/ping/1.0.0'
const pingBytes = 32
const answerMs = 5_000

/** How long a few bytes take to a peer and back, in ms, by the way that is best; connects when that is needed. Rejects with `signal.reason` only. */
export async function roundTrip(
  { network, world }: { readonly network: Network; readonly world: World },
  peer: string,
  signal: AbortSignal,
): Promise<{ readonly rttMs?: number; readonly problem?: string }> {
  try {
    const stream = await network.open(peer, pingProtocol, { signal })
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const timer = world.after(answerMs, () => reject(new Error('no answer')))
    const sent = world.random.bytes(pingBytes)
    const began = world.now()
    let echo = Buffer.alloc(0)
    stream.onData(chunk => {
      echo = Buffer.concat([echo, chunk]).subarray(0, pingBytes)
      if (echo.length < pingBytes) return
      if (equalBytes(echo, sent)) resolve(world.now() - began)
      else reject(new PeerageError('wire.invalid', 'The peer did not keep to the protocol.'))
    })
    stream.onClose(error => reject(error ?? new Error('the other side hung up')))
    stream.send(sent)
    try {
      return { rttMs: await promise }
    } finally {
      timer.cancel()
      stream.close().catch(() => {})
    }
  } catch (error) {
    signal.throwIfAborted()
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
