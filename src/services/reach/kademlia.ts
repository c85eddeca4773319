import { type ValueOperation, z } from '../../base/index.ts'
import type { KademliaStatus } from '../../network/index.ts'
import type { Reach } from './reach.ts'

/** `off` when it is switched off, or this peer is offline. */
export type KademliaReport = { readonly state: 'off' } | ({ readonly state: 'on' } & KademliaStatus)

export const kademlia: ValueOperation<Reach, Record<never, never>, KademliaReport> = {
  summary: 'Show how this peer takes part in the Kademlia network of peers of Peerage',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'kademlia', example: 'peerage kademlia' },
  async run({ host }) {
    const status = host.kademlia()
    return status === undefined ? { state: 'off' } : { state: 'on', ...status }
  },
}
