import { PeerageError } from '../../base/index.ts'
import type { IpfsHost } from './host.ts'
import { networkOf, placeOf } from './place-of.ts'

/** Somebody who says that it has something, as others say: hearsay until it has given a block. */
export interface ProviderRow {
  readonly peer: string
  /** Multiaddrs; none where nobody told any. */
  readonly addresses: readonly string[]
  /** How it gives it, where that was told: `transport-bitswap`, `transport-ipfs-gateway-http`. */
  readonly protocols: readonly string[]
  readonly isConnected: boolean
}

export interface ProvidersInput {
  readonly link: string
  readonly most: number
  readonly seconds: number
}

/**
 * Who announces a root, as they are found: from the DHT and the servers of delegated routing. Ends when those know no more, with `most` of them, or
 * after so many seconds.
 *
 * @throws PeerageError `usage.invalid` when IPFS is off, `link.invalid`, what names throw; `signal.reason`
 */
export async function* findProviders(
  host: IpfsHost,
  { link, most, seconds }: ProvidersInput,
  signal: AbortSignal,
): AsyncGenerator<ProviderRow> {
  const ipfs = networkOf(host)
  const { cid, path } = await placeOf(host, link.trim(), signal)
  if (path.length > 0)
    throw new PeerageError(
      'link.invalid',
      'Roots are announced, and not what is below them: leave the path out.',
    )
  ipfs.start()
  const stop = new AbortController()
  const late = host.world.after(seconds * 1000, () => stop.abort(new Error('It has taken long enough.')))
  const told = new Set<string>()
  try {
    for await (const { peer, addresses, protocols = [] } of ipfs.routing.findProviders(
      cid,
      AbortSignal.any([signal, stop.signal]),
    )) {
      if (told.has(peer)) continue
      told.add(peer)
      const where = addresses.length > 0 ? addresses : host.addressesOf(peer)
      yield { peer, addresses: where, protocols, isConnected: host.isConnected(peer) }
      if (told.size >= most) return
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!stop.signal.aborted) throw error
  } finally {
    late.cancel()
    stop.abort(new Error('Nobody listens any more.'))
  }
}
