import { PeerageError } from '../../base/index.ts'
import type { TransferRecord } from './record.ts'

/** Where a share is offered. `private`: to peers of this network alone, which it is anyway; then the link says where they find this one. */
export type NetworkName = 'bittorrent' | 'ipfs' | 'private'

const all: readonly NetworkName[] = ['bittorrent', 'ipfs', 'private']

/** The public ones that a content is on, with commas between them, as `--on` takes them; empty: none. */
export function publicNetworksOf(record: Pick<TransferRecord, 'public' | 'ipfs'>): string {
  const names: NetworkName[] = []
  if (record.public !== undefined) names.push('bittorrent')
  if (record.ipfs?.offered === true) names.push('ipfs')
  return names.join()
}

/** Reads `bittorrent,ipfs,private`. Throws `usage.invalid`. */
export function parseNetworks(text: string): ReadonlySet<NetworkName> {
  const names = text.split(',').map(part => {
    const name = part.trim().toLowerCase()
    const known = all.find(one => one === name)
    if (known !== undefined) return known
    throw new PeerageError(
      'usage.invalid',
      `${JSON.stringify(part)} is no network: --on takes ${all.join(', ')}, with commas between them.`,
    )
  })
  return new Set(names)
}
