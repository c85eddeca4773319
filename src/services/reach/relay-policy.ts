import type { RelayPolicy } from '../../network/index.ts'
import type { ReachHost } from './host.ts'

/**
 * Whom this peer relays for: those for whom the user said so (`relay.relayFor`), unless access says otherwise. Who is reachable
 * through it lets others in by its own rules, so those need not be known here; who is blocked cannot connect at all.
 */
export function relayPolicy(host: ReachHost): RelayPolicy {
  const resource = 'service:relay'
  host.access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  return {
    mayRelay(peer) {
      const { access, relayFor } = host
      if (host.network?.mayMeet(peer) !== true) return undefined
      if (!access.check({ subject: { peer }, action: 'use', resource }).allowed) return undefined
      const standing = host.standingOf(peer)
      if (relayFor() === 'contacts') return standing === 'contact' ? 'friend' : undefined
      if (standing !== undefined) return 'friend'
      return relayFor() === 'everyone' ? 'stranger' : undefined
    },
    isKnown: peer => host.standingOf(peer) !== undefined,
  }
}
