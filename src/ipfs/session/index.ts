export { Session } from './block-session.ts'
export { type SessionConfig, sessionConfig } from './config.ts'
export type { SessionParts } from './session-parts.ts'
export { type Looking, type Patience, withinTick, withPatience } from './with-patience.ts'
