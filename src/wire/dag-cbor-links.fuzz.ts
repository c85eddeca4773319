import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, toHex } from '../base/index.ts'
import { dagCborLinks } from './dag-cbor-links.ts'

const cid = CID.parse('bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354')
const limits = { nesting: 64, links: 1_000 }

/** What somebody else reads has the links that they read. */
function run(input: Uint8Array): void {
  const links = linksOf(input)
  let value: unknown
  try {
    value = dagCbor.decode(input)
  } catch {
    return
  }
  // They take what is no CID for one where it begins with a version 0 that has to be left out.
  const read = Array.isArray(links) ? links.map(one => toHex(CID.decode(one).bytes)) : undefined
  if (links !== 'too much' && read?.sort().join() !== linksIn(value).sort().join())
    throw new Error('other links')
}

function linksOf(input: Uint8Array): Uint8Array[] | 'too much' | undefined {
  try {
    return dagCborLinks(input, limits)
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return error.code === 'wire.limit' ? 'too much' : undefined
  }
}

function linksIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const found = CID.asCID(value)
  return found === null ? Object.values(value).flatMap(linksIn) : [toHex(found.bytes)]
}

export const fuzz: FuzzTarget = {
  name: 'dag-cbor-links',
  seeds: [
    dagCbor.encode({ a: [1, cid, { b: cid, c: 1.5 }], text: 'text', none: null, yes: true }),
    dagCbor.encode([-1, 2 ** 40, new Uint8Array(30), [], {}, [cid]]),
  ],
  run,
}
