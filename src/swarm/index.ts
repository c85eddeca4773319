export { Allowance } from './allowance.ts'
export { type SwarmConfig, swarmConfig } from './config.ts'
export { copyBytes, copyOf } from './copy-bytes.ts'
export type { Reader } from './deadlines.ts'
export type { Offence, SwarmEvent, SwarmListener } from './events.ts'
export { ExternalAddress } from './external-address.ts'
export { type AcceptOptions, acceptPeer, type FirstFrame, greetPeer, readFirstFrame } from './hello.ts'
export { MissingFiles, type MissingFilesParts } from './missing-files.ts'
export type {
  ContentPort,
  Defer,
  Lease,
  Offer,
  PeerTraits,
  Pipe,
  Priority,
  SwarmPorts,
  Verdict,
} from './ports.ts'
export type {
  DiscoveryStatus,
  PublicContent,
  PublicMembership,
  PublicNetwork,
} from './public-network.ts'
export type { PublicTerms } from './public-terms.ts'
export { type ByteStream, type PumpOptions, pump } from './pump.ts'
export { RangePipe, type RangePipeParts } from './range-pipe.ts'
export { type Range as FileRange, RangeQueue } from './range-queue.ts'
export type { RangeSink } from './range-sink.ts'
export { RateLimit } from './rate-limit.ts'
export { RateMeter } from './rate-meter.ts'
export { type DepthLimits, type DepthMark, RequestDepth } from './request-depth.ts'
export { giveBackRoom, roomBytes, takeRoom } from './rooms.ts'
export type { Session } from './session.ts'
export type { PeerStats, SwarmStats } from './stats.ts'
export { Swarm, type SwarmOptions } from './swarm.ts'
