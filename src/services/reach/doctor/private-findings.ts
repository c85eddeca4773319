import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'

/** Whether only those with the same key can connect, and whether somebody tried with another. */
export function checkPrivateNetwork({ privateNetwork, at }: Facts): Finding | undefined {
  if (privateNetwork === undefined) return undefined
  const { fingerprint, refused, last } = privateNetwork
  if (last === undefined) return found('good', 'private.alone', { fingerprint })
  const minutes = Math.max(0, Math.round((at - last.at) / 60_000))
  return found('note', 'private.tried', { fingerprint, refused, address: last.address, minutes })
}
