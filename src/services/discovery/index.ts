import type { RunningService } from '../../base/index.ts'
import { DiscoveryService } from './discovery-service.ts'
import type { DiscoveryHost } from './host.ts'
import { discoveryOperations } from './operations.ts'

export type { Audience } from './audience.ts'
export { type DiscoveryConfig, discoveryConfig } from './config.ts'
export type { DiscoveryService, FindRow, RendezvousStatus } from './discovery-service.ts'
export type { DiscoveryHost } from './host.ts'
export { discoveryOperations } from './operations.ts'

/** The discovery service, running: peers find one another by rendezvous. */
export function startDiscovery(host: DiscoveryHost): RunningService & { readonly state: DiscoveryService } {
  const service = new DiscoveryService(host)
  service.start()
  return {
    name: 'discovery',
    operations: discoveryOperations,
    state: service,
    stop: async () => service.stop(),
  }
}
