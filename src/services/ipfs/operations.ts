import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import type { DenylistStatus } from '../../ipfs/index.ts'
import { type DescribeUpdate, describeCid } from './describe-cid.ts'
import { findProviders, type ProviderRow, type ProvidersInput } from './find-providers.ts'
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
  /** What is neither fetched nor given. */
  readonly denylists: readonly DenylistStatus[]
}

const status: ValueOperation<IpfsHost, Record<never, never>, IpfsReport> = {
  summary: 'Show how the IPFS network is doing',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'ipfs', example: 'peerage ipfs' },
  run: async host => reportOf(host),
}

function reportOf({ ipfs, off, denylists }: IpfsHost): IpfsReport {
  const lists = denylists.status()
  const nothing = { peers: 0, receivedBytes: 0, sentBytes: 0, roots: 0, announced: 0, denylists: lists }
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
    denylists: lists,
  }
}

const link = z
  .string()
  .min(1)
  .max(8192)
  .describe('A CID, ipfs://CID/path, ipns://NAME, or the URL of a gateway')

const ls: StreamOperation<IpfsHost, { link: string; timeout: number }, ListUpdate> = {
  summary: 'List what is in a folder of IPFS, without fetching it',
  input: z.object({
    link,
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

const describe: StreamOperation<IpfsHost, { link: string }, DescribeUpdate> = {
  summary: 'Show what a CID says, and how much of what it names is on this computer',
  input: z.object({ link }),
  action: 'read',
  kind: 'stream',
  command: { words: 'ipfs show', positional: ['link'], example: 'peerage ipfs show bafybei...' },
  run: (host, input, { signal }) => describeCid(host, input, signal),
}

const providers: StreamOperation<IpfsHost, ProvidersInput, ProviderRow> = {
  summary: 'Find out who announces a CID in the IPFS network',
  input: z.object({
    link,
    most: z.int().min(1).max(1_000).default(20).describe('End with so many'),
    seconds: z.int().min(1).max(600).default(60).describe('How long to look at most'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'ipfs providers', positional: ['link'], example: 'peerage ipfs providers bafybei...' },
  run: (host, input, { signal }) => findProviders(host, input, signal),
}

/** What a user can ask of the IPFS network itself; sharing and fetching are the files service's. */
export const ipfsOperations: Readonly<{
  status: typeof status
  ls: typeof ls
  describe: typeof describe
  providers: typeof providers
}> = { status, ls, describe, providers }
