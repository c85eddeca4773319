import { type ValueOperation, z } from '../../base/index.ts'
import type { KademliaStatus } from '../../network/index.ts'
import type { ReachHost } from './host.ts'
import type { Reach } from './reach.ts'

/** `off` when it is switched off, or this peer is offline. */
export type KademliaReport = { readonly state: 'off' } | ({ readonly state: 'on' } & KademliaStatus)

export const startKademlia: ValueOperation<Reach, Record<never, never>, KademliaReport> = {
  summary: 'Take part in the Kademlia network of peers of Peerage from now on',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'kademlia start', example: 'peerage kademlia start' },
  run: reach => switched(reach, true),
}

export const stopKademlia: ValueOperation<Reach, Record<never, never>, KademliaReport> = {
  summary: 'Take part in the Kademlia network of peers of Peerage no longer',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'kademlia stop', example: 'peerage kademlia stop' },
  run: reach => switched(reach, false),
}

async function switched({ host }: Reach, isOn: boolean): Promise<KademliaReport> {
  await host.change('kademlia.enabled', isOn)
  return reportOf(host)
}

function reportOf(host: ReachHost): KademliaReport {
  const status = host.kademlia()
  return status === undefined ? { state: 'off' } : { state: 'on', ...status }
}

export const kademlia: ValueOperation<Reach, Record<never, never>, KademliaReport> = {
  summary: 'Show how this peer takes part in the Kademlia network of peers of Peerage',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'kademlia', example: 'peerage kademlia' },
  run: async ({ host }) => reportOf(host),
}
