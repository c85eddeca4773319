import type { RunningService } from '../../base/index.ts'
import { Gateway } from './gateway.ts'
import type { GatewayHost } from './host.ts'
import { gatewayOperations } from './operations.ts'

export { type GatewayConfig, gatewayConfig } from './config.ts'
export { Gateway, type GatewayStatus, type GatewayUrl } from './gateway.ts'
export type { GatewayBlocks, GatewayHost, GatewayListener, GatewaySession, SignedRecord } from './host.ts'
export { gatewayOperations } from './operations.ts'
export type { GatewayRequest } from './place.ts'
export type { GatewayAnswer } from './responses.ts'

/** The gateway; it answers when whoever can listen was attached and `gateway.enabled` says so. */
export function startGateway(host: GatewayHost): RunningService & { readonly state: Gateway } {
  const gateway = new Gateway(host)
  return { name: 'gateway', operations: gatewayOperations, state: gateway, stop: () => gateway.stop() }
}
