import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import type { Audience } from './audience.ts'
import type { DiscoveryService, FindRow, RendezvousStatus } from './discovery-service.ts'

const rendezvous: ValueOperation<DiscoveryService, { for?: Audience | undefined }, RendezvousStatus> = {
  summary:
    'Show whether this peer is a rendezvous, where others find one another, or be one for those whom you say',
  input: z.object({
    for: z
      .enum(['off', 'contacts', 'circle', 'everyone'])
      .optional()
      .describe('For whom from now on: contacts; circle: those and members of your circles; everyone; off'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'rendezvous', positional: ['for'], example: 'peerage rendezvous contacts' },
  async run(service, input) {
    if (input.for !== undefined) await service.host.keepRendezvous(input.for)
    return service.rendezvous()
  },
}

const find: StreamOperation<DiscoveryService, { who: string; seconds: number }, FindRow> = {
  summary: 'Ask every way of finding peers where somebody is, and show what each says',
  input: z.object({
    who: z.string().max(512).describe('A contact, or a peer id'),
    seconds: z.number().int().min(1).max(300).default(20).describe('How long to ask at most'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'find', positional: ['who'], example: 'peerage find Ann' },
  run: (service, { who, seconds }, { signal }) => service.find(who, seconds, signal),
}

/** What a user can ask of the discovery service. */
export const discoveryOperations: Readonly<{ rendezvous: typeof rendezvous; find: typeof find }> = {
  rendezvous,
  find,
}
