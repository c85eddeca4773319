import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import { type PathReport, pathReportOf } from './path-report.ts'
import type { Reach } from './reach.ts'
import { roundTrip } from './round-trip.ts'

interface PathInput {
  readonly whom?: string | undefined
  readonly noConnect: boolean
}

export const path: ValueOperation<Reach, PathInput, PathReport[]> = {
  summary: 'Show which way a peer is reached, and why not a better one',
  input: z.object({
    whom: z
      .string()
      .min(1)
      .max(600)
      .optional()
      .describe('A contact or a peer id; all that are connected when left out'),
    noConnect: z.boolean().default(false).describe('Only tell what is known; do not try to connect'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'path', positional: ['whom'], example: 'peerage path Ann' },
  async run({ host }, { whom, noConnect }, { signal }) {
    const { network, world } = host
    if (network === undefined) throw new PeerageError('network.unreachable', 'This peer is offline.')
    const report = async (peer: string, mayConnect: boolean): Promise<PathReport> => {
      const isConnected = connectedPeers(network).includes(peer)
      const measured = isConnected || mayConnect ? await roundTrip({ network, world }, peer, signal) : {}
      return pathReportOf({
        peer,
        contact: host.nameOf(peer),
        connections: network.connections(),
        known: network.knownAddresses(peer),
        dials: network.dials(peer),
        punch: network.punched(peer),
        mayReach: ip => network.mayReach(ip),
        isLocal: ip => network.isLocal(ip),
        ...measured,
      })
    }
    const peers = whom === undefined ? connectedPeers(network) : host.peersNamed(whom)
    return await Promise.all(peers.map(peer => report(peer, whom !== undefined && !noConnect)))
  },
}

function connectedPeers(network: Network): string[] {
  return [...new Set(network.connections().map(({ peer }) => peer))]
}
