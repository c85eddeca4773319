import type { EventStream, PeerEvent } from '../peer/index.ts'
import type { Log } from './log.ts'

/**
 * Writes to the log what somebody will want to know later: what came and went, who was sent away for what, and what went wrong. Returns what ends it.
 */
export function logFacts(events: EventStream, log: Log): () => void {
  return events.listen(event => {
    const { sequence: _sequence, at: _at, type, ...facts } = event
    const level = levels[type]
    if (level !== undefined)
      log[level]({ room: roomOf(type), ...facts, ...messageOf(facts) }, texts[type] ?? type)
  })
}

/** What is not here is not written: it comes too often, or has what is only for those who asked. */
const levels: Partial<Record<PeerEvent['type'], 'debug' | 'info' | 'warn' | 'error'>> = {
  'peer.connected': 'debug',
  'peer.disconnected': 'debug',
  'addresses.changed': 'debug',
  'content.added': 'info',
  'content.removed': 'info',
  'transfer.completed': 'info',
  'watch.refused': 'warn',
  'file.changed': 'warn',
  'egress.changed': 'warn',
  'udp.changed': 'warn',
  'limits.changed': 'info',
  'config.changed': 'info',
  'peer.misbehaved': 'warn',
  'gossip.refused': 'warn',
  'invite.missed': 'warn',
  'invite.failed': 'error',
  'error.occurred': 'error',
}

const texts: Partial<Record<PeerEvent['type'], string>> = {
  'peer.connected': 'peer connected',
  'peer.disconnected': 'peer disconnected',
  'addresses.changed': 'addresses changed',
  'content.added': 'content added',
  'content.removed': 'content removed',
  'transfer.completed': 'transfer completed',
  'watch.refused': 'watched file refused',
  'file.changed': 'file changed by somebody else',
  'egress.changed': 'way out changed',
  'udp.changed': 'UDP sockets changed',
  'limits.changed': 'limits changed',
  'config.changed': 'configuration changed',
  'peer.misbehaved': 'peer misbehaved',
  'gossip.refused': 'gossip refused',
  'invite.missed': 'wrong invite code',
  'invite.failed': 'invite failed',
  'error.occurred': 'error',
}

/** `peer.connected` is about the network, `invite.failed` about invites, and so on. */
function roomOf(type: string): string {
  const first = type.split('.')[0]!
  const rooms: Readonly<Record<string, string>> = {
    addresses: 'network',
    content: 'files',
    egress: 'network',
    error: 'peer',
    file: 'files',
    invite: 'invites',
    peer: 'network',
    transfer: 'files',
    udp: 'network',
    watch: 'files',
  }
  return rooms[first] ?? first
}

/** pino has a place of its own for the message. */
function messageOf(facts: object): { readonly what?: unknown; readonly message?: undefined } {
  return 'message' in facts ? { what: facts.message, message: undefined } : {}
}
