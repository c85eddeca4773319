import type { RunningService } from '../../base/index.ts'
import type { IpfsHost } from './host.ts'
import { ipfsOperations } from './operations.ts'

export type { CidReport, DagHere, DescribeUpdate } from './describe-cid.ts'
export type { ProviderRow } from './find-providers.ts'
export type { IpfsHost } from './host.ts'
export type { IpfsEntry, ListUpdate } from './list-folder.ts'
export { type IpfsReport, ipfsOperations } from './operations.ts'

/** The IPFS network as something to ask: how it is, what is in its folders, what a CID is, and who has it. */
export function startIpfs(host: IpfsHost): RunningService {
  return { name: 'ipfs', operations: ipfsOperations, state: host, stop: async () => undefined }
}
