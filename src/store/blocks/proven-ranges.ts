import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { equalBytes } from '../../base/index.ts'
import { codecs } from '../../content/index.ts'
import { bySteps } from '../by-steps.ts'
import type { FileRef } from '../io-jobs.ts'
import type { IoPool } from '../io-pool.ts'
import type { BlockDatabase, PlaceRow } from './block-database.ts'
import { isBlockOf, workerAlgorithm } from './block-hash.ts'
import { Ranges } from './ranges.ts'

/** A file of a tree with what the index says of it. */
export interface Claim {
  readonly file: FileRef
  readonly ranges: Ranges
}

const lanes = 3

/**
 * Which of these claims are true, by reading the leaves and hashing them: after a crash times alone do not tell what we wrote last from what
 * somebody else did, where the disk took seconds to flush or the clock jumped. A leaf that stands at several places is proven at one.
 */
export async function provenRanges(
  { pool, db }: { readonly pool: IoPool; readonly db: BlockDatabase },
  dag: number,
  claims: ReadonlyMap<number, Claim>,
): Promise<Map<number, Ranges>> {
  const proven = new Map<number, Ranges>()
  if (claims.size === 0) return proven
  const places = (await bySteps(db.leavesInFiles(dag))).filter(
    ({ file, at, length }) => claims.get(file)?.ranges.has(at, at + length) === true,
  )
  const lane = async (): Promise<void> => {
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const { file, at, length } = place
      if (!(await isThere(pool, claims.get(file)!.file, place))) continue
      const ranges = proven.get(file) ?? new Ranges()
      ranges.add(at, at + length)
      proven.set(file, ranges)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return proven
}

/** False also for what cannot be read. */
async function isThere(pool: IoPool, file: FileRef, { hash, at, length }: PlaceRow): Promise<boolean> {
  try {
    const cid = CID.createV1(codecs.raw, Digest.decode(hash))
    const bytes = await pool.run({ op: 'read', file, stamp: undefined, offset: at, length }, length)
    if (bytes.length !== length) return false
    if (workerAlgorithm(cid) !== 'sha256') return isBlockOf(cid, bytes)
    const digest = await pool.run({ op: 'digest', bytes, algorithm: 'sha256' }, length)
    return equalBytes(digest, cid.multihash.digest)
  } catch {
    return false
  }
}
