import type { Facts } from './facts.ts'
import { counted, type Finding, good, note } from './finding.ts'

/** Whether only those with the same key can connect, and whether somebody tried with another. */
export function checkPrivateNetwork({ privateNetwork, at }: Facts): Finding | undefined {
  if (privateNetwork === undefined) return undefined
  const { fingerprint, refused, last } = privateNetwork
  const topic = 'Private network'
  const what = `Only peers with the key ${fingerprint} can connect; BitTorrent takes no connections over TCP then, and IPFS reaches nobody else.`
  if (last === undefined) return good(topic, what)
  const minutes = Math.max(0, Math.round((at - last.at) / 60_000))
  return note(
    topic,
    `${what} ${counted(refused, 'connection')} of another key, or none, ended at once, the latest with ${last.address} ${counted(minutes, 'minute')} ago.`,
    'If that was one of yours, compare what `peerage private-network` says on both, and copy the key file again.',
  )
}
