import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError } from '../base/index.ts'
import { openRevocations, type RevocationList, signRevocations } from './revocations.ts'
import { identityFromSeed } from './signing.ts'

const issuer = identityFromSeed(new Uint8Array(32).fill(1))
const revoked = (digit: string): { id: string; expires: number } => ({ id: digit.repeat(64), expires: 1e12 })
const seeds: readonly Uint8Array[] = [
  signRevocations(issuer, { number: 1, grants: [] }),
  signRevocations(issuer, { number: 2, grants: [revoked('a')] }),
  signRevocations(issuer, { number: 2 ** 40, grants: [revoked('c'), revoked('b'), revoked('0')] }),
]

/** Whatever the bytes, a list is either refused with its code or is one that the issuer signed, bit by bit. */
export const fuzz: FuzzTarget = {
  name: 'revocations',
  seeds,
  run(input) {
    let list: RevocationList
    try {
      list = openRevocations(input)
    } catch (error) {
      if (error instanceof PeerageError && error.code === 'statement.invalid') return
      throw error
    }
    if (list.issuer === issuer.peerId && !seeds.some(seed => equalBytes(seed, input)))
      throw new Error('a forged list was believed')
  },
}
