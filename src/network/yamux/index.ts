export type { Link, LinkSource } from './link.ts'
export { MuxedStream, type StreamReader } from './muxed-stream.ts'
export { Muxer, type MuxerOptions, muxerOf, yamuxProtocol } from './muxer.ts'
export { WindowBudget } from './window-budget.ts'
