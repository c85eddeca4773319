export {
  Config,
  type ConfigChange,
  type ConfigEntry,
  type ConfigListener,
  type ConfigOptions,
  type ConfigSections,
  type ConfigSource,
  type Preset,
  type PresetTable,
  presets,
} from './config.ts'
export { environmentName } from './config-fields.ts'
export { type ConfigState, configOperations, configService } from './config-service.ts'
export { createPeer, type PeerOptions } from './create-peer.ts'
export {
  type EventPath,
  EventStream,
  type PeerEvent,
  type PeerFact,
  type SubscribeOptions,
} from './events.ts'
export type { MethodsOf } from './methods.ts'
export type { Peer } from './peer.ts'
export {
  type AccessCheck,
  type BytesHead,
  type Caller,
  type CallOptions,
  describeOperations,
  type JsonSchema,
  type OperationDescription,
  OperationRegistry,
  type Subject,
} from './registry.ts'
export { peerSections } from './sections.ts'
