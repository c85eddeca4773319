export { createGateway } from './create-gateway.ts'
export type { Gateway } from './gateway.ts'
export type { GatewayOff, GatewayReport, PortMapping } from './gateway-report.ts'
export type { GatewayMethod } from './port-opener.ts'
