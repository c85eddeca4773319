import type { LoadedIdentity } from '../access/index.ts'
import { PeerageError, type World } from '../base/index.ts'
import type { IpfsRoutingConfig } from '../ipfs/index.ts'
import {
  type Blocklist,
  createNetwork,
  type Network,
  type NetworkConfig,
  type RelayConfig,
} from '../network/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import { privateKeyOf } from './private-key.ts'

/** Kind and key under which the port of the last run is remembered. */
const lastPort = ['peer', 'port'] as const
interface NetworkParts {
  readonly config: Config
  readonly identity: LoadedIdentity
  readonly store: Store
  readonly world: World
  readonly blocklist: Blocklist
  readonly transports: 'tcp' | 'memory' | undefined
  isKnown(peer: string): boolean
}

/** With port 0 the port of the last run is taken again if it is free, so that links stay good. */
export async function networkOf({
  transports,
  config,
  identity,
  store,
  world,
  blocklist,
  isKnown,
}: NetworkParts): Promise<Network> {
  const settings = config.section<NetworkConfig>('network')
  const routing = config.section<IpfsRoutingConfig>('ipfsRouting')
  const privateKey = await privateKeyOf(settings.privateNetworkKey)
  const make = (port: number): Promise<Network> =>
    createNetwork({
      identity,
      config: { ...settings, port },
      relay: config.section<RelayConfig>('relay'),
      dnsOverHttps: { url: routing.dnsOverHttps, timeoutMs: routing.serverTimeoutMs },
      world,
      blocklist,
      isKnown,
      ...(privateKey && { privateKey }),
      ...(transports && { transports }),
    })
  const remembered = store.state.get(...lastPort)
  if (settings.port !== 0 || typeof remembered !== 'number') return keepPort(store, await make(settings.port))
  try {
    return await make(remembered)
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'network.port-in-use') throw error
    return keepPort(store, await make(0))
  }
}

function keepPort(store: Store, network: Network): Network {
  const port = /\/tcp\/(\d+)/.exec(network.addresses()[0] ?? '')?.[1]
  if (port !== undefined) store.state.put(...lastPort, Number(port))
  return network
}
