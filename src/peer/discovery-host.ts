import type { Access } from '../access/index.ts'
import type { RunningService, World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import { type DiscoveryConfig, type DiscoveryService, startDiscovery } from '../services/discovery/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import { isFor } from './audience.ts'
import type { Config } from './config.ts'

export interface DiscoveryParts {
  readonly self: string
  readonly world: World
  readonly config: Config
  readonly network: Network | undefined
  readonly known: Acquaintances
  readonly access: Access
}

/** Ways of finding peers, for those whom the user knows. */
export function discoveryOf(parts: DiscoveryParts): RunningService & { readonly state: DiscoveryService } {
  const { self, world, config, network, known, access } = parts
  const resource = 'service:discovery'
  access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  const discovery = startDiscovery({
    world,
    network,
    get config() {
      return config.section<DiscoveryConfig>('discovery')
    },
    isFor: (audience, peer) =>
      isFor(known, self, audience, peer) &&
      access.check({ subject: { peer }, action: 'use', resource }).allowed,
    peersOf: text => known.people.keysOf(known.names.personOf(text)),
    async keepRendezvous(audience) {
      await config.set('discovery.rendezvousFor', audience)
    },
  })
  for (const key of ['rendezvousFor', 'rendezvousPoints', 'contacts', 'overlayFor', 'bootstrap'])
    config.onChange(`discovery.${key}`, { apply: () => discovery.state.review() })
  return discovery
}
