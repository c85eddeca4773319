import type { StoredContent } from '../../store/index.ts'
import type { VerifyUpdate } from './inputs.ts'
import type { Transfer } from './transfer.ts'
import { updatesOf } from './updates.ts'

/** Hashes everything again and says how far it is; the last one tells how many pieces are not what they should be. */
export async function* verifyUpdates(
  transfer: Transfer,
  stored: StoredContent,
  signal: AbortSignal,
): AsyncGenerator<VerifyUpdate> {
  const common = { infoHash: transfer.id, name: stored.name, totalBytes: stored.totalSize }
  const { bad } = yield* updatesOf<VerifyUpdate, { bad: number[] }>(tell =>
    stored.verify({ signal, onProgress: ({ bytes }) => tell({ ...common, bytes }) }),
  )
  if (bad.length > 0) transfer.renew()
  else transfer.choiceChanged()
  yield { ...common, bytes: stored.totalSize, badPieces: bad.length }
}
