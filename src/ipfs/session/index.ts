export { Session, type SessionParts } from './block-session.ts'
export { type SessionConfig, sessionConfig } from './config.ts'
