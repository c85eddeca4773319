import type { EventStream } from '../peer/index.ts'
import type { Log } from './log.ts'

/** Writes to the log what somebody will want to know later: who was sent away for what, and what went wrong. Returns what ends it. */
export function logFacts(events: EventStream, log: Log): () => void {
  return events.listen(event => {
    if (event.type === 'peer.misbehaved')
      log.warn({ peer: event.peer, infoHash: event.infoHash, what: event.what }, 'peer misbehaved')
    else if (event.type === 'gossip.refused')
      log.warn({ peer: event.peer, code: event.code, what: event.message }, 'gossip refused')
    else if (event.type === 'invite.missed')
      log.warn({ peer: event.peer, invite: event.invite, triesLeft: event.triesLeft }, 'wrong invite code')
    else if (event.type === 'invite.failed')
      log.error({ invite: event.invite, code: event.code, what: event.message }, 'invite failed')
    else if (event.type === 'error.occurred') log.error({ code: event.code, what: event.message }, 'error')
  })
}
