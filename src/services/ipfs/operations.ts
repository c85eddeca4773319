import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import type { IpfsHost } from './host.ts'
import { type ListUpdate, listFolder } from './list-folder.ts'

/** How this peer's part in IPFS is doing. */
export interface IpfsReport {
  /** `idle`: on, and nobody has needed it so far. */
  readonly state: 'off' | 'idle' | 'on'
  readonly why?: string
  /** Peers that blocks are exchanged with, or were lately. */
  readonly peers: number
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Peers in the routing table of the DHT; absent until it was used. */
  readonly dhtPeers?: number
  /** How many peers the DHT seems to have in all; absent until there is enough to tell. */
  readonly dhtSize?: number
  /** Roots that are announced again and again, and those of them that stand with others now. */
  readonly roots: number
  readonly announced: number
}

const status: ValueOperation<IpfsHost, Record<never, never>, IpfsReport> = {
  summary: 'Show how the IPFS network is doing',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'ipfs', example: 'peerage ipfs' },
  run: async ({ ipfs, off }) => reportOf(ipfs, off),
}

function reportOf(ipfs: IpfsHost['ipfs'], off: string | undefined): IpfsReport {
  const nothing = { peers: 0, receivedBytes: 0, sentBytes: 0, roots: 0, announced: 0 }
  if (ipfs === undefined) return { state: 'off', ...(off !== undefined && { why: off }), ...nothing }
  const { peers, receivedBytes, sentBytes } = ipfs.stats
  const { dht, providing, provided } = ipfs.routing.status
  return {
    state: ipfs.isStarted ? 'on' : 'idle',
    ...(!ipfs.isStarted && { why: 'Nothing was shared on it or fetched from it in this run.' }),
    peers,
    receivedBytes,
    sentBytes,
    ...(dht && { dhtPeers: dht.nodes, ...(dht.estimated !== undefined && { dhtSize: dht.estimated }) }),
    roots: providing,
    announced: provided,
  }
}

const ls: StreamOperation<IpfsHost, { link: string; timeout: number }, ListUpdate> = {
  summary: 'List what is in a folder of IPFS, without fetching it',
  input: z.object({
    link: z
      .string()
      .min(1)
      .max(8192)
      .describe('A CID, ipfs://CID/path, ipns://NAME, or the URL of a gateway'),
    timeout: z
      .number()
      .positive()
      .default(60)
      .describe('Give up when nothing has arrived for so many seconds'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'ls', positional: ['link'], example: 'peerage ls ipfs://bafy.../photos' },
  run: (host, input, { signal }) => listFolder(host, input, signal),
}

/** What a user can ask of the IPFS network itself; sharing and fetching are the files service's. */
export const ipfsOperations: { readonly status: typeof status; readonly ls: typeof ls } = { status, ls }
