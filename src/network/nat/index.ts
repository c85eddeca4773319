export { NatObservations } from './nat-observations.ts'
export type { NatKind, NatReport } from './nat-report.ts'
export { NatWatch } from './nat-watch.ts'
export { askableAt } from './udp-endpoints.ts'
