import type { PeerEvent } from '../../../src/peer/index.ts'
import type { ValueName } from './client.ts'

type Service = ValueName extends `${infer S}.${string}` ? S : never

/**
 * What an event makes stale: whole services (`files`) or single operations (`files.list`). Whatever of it is on the page is asked again. A page that
 * needs more adds its line here.
 */
export const staleBy: Partial<Record<PeerEvent['type'], readonly (Service | ValueName)[]>> = {
  'content.added': ['files'],
  'transfer.completed': ['files'],
  'access.changed': ['access', 'grants'],
  'circle.changed': ['circles', 'contacts', 'access'],
  'circle.joined': ['circles', 'contacts', 'access'],
  'circle.left': ['circles', 'contacts', 'access'],
  'contact.changed': ['contacts', 'circles', 'invites', 'access'],
  'devices.changed': ['identity'],
  'invite.ended': ['invites'],
  'invite.failed': ['invites'],
  'invite.made': ['invites'],
  'invite.missed': ['invites'],
  'invite.taken': ['invites'],
  'peer.connected': ['reach.connections', 'daemon.status', 'files.peers', 'contacts'],
  'peer.disconnected': ['reach.connections', 'daemon.status', 'files.peers', 'contacts'],
  'addresses.changed': ['daemon.status', 'reach'],
  'limits.changed': ['limits'],
  'config.changed': [
    'config',
    'remote',
    'limits',
    'tracker',
    'gateway',
    'ipfs',
    'pins',
    'dht',
    'reach.kademlia',
    'reach.relays',
  ],
  'egress.changed': ['reach', 'daemon.status'],
  'udp.changed': ['reach'],
}
