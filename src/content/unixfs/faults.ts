import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'

/** For a DAG that breaks a rule. */
export function invalidDag(cid: CID, why: string, cause?: unknown): PeerageError {
  return new PeerageError('dag.invalid', `The block ${cid} is not what it should be: ${why}.`, {
    details: { cid: cid.toString() },
    cause,
  })
}

/** For a DAG that is beyond one of `dagLimits`. */
export function tooMuchDag(cid: CID, limit: string, why: string): PeerageError {
  return new PeerageError('dag.limit', `What is behind ${cid} is too much: ${why}.`, {
    details: { cid: cid.toString(), limit },
  })
}

/** What a codec refused, in the words of DAGs. Everything else goes on as it is. */
export function inDagWords(cid: CID, error: unknown): unknown {
  if (!(error instanceof PeerageError)) return error
  if (error.code === 'wire.invalid') return invalidDag(cid, 'it is malformed', error)
  return error.code === 'wire.limit' ? tooMuchDag(cid, 'block', 'a block exceeds a bound') : error
}
