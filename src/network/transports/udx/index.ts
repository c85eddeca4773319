export { type HalfWay, type Udx, type UdxComponents, udx } from './udx.ts'
export { UdxStreams } from './udx-streams.ts'
