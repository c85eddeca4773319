export { NatObservations } from './nat-observations.ts'
export { type NatKind, type NatReport, observedAddresses, portsAhead } from './nat-report.ts'
export { NatWatch } from './nat-watch.ts'
export { askableAt, udpEndpointOf } from './udp-endpoints.ts'
