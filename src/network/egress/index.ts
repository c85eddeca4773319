export { type Door, Egress, type WayOut } from './egress.ts'
export type { Link } from './machine-links.ts'
export { lookUp, type Resolve } from './resolve.ts'
export type { TcpTarget } from './sockets.ts'
