import { useEffect, useState } from 'react'
import { type Answer, stream } from '../../api/client.ts'
import { type ApiError, asApiError, isAbort } from '../../api/errors.ts'
import { onReconnected } from '../../api/events.ts'

export type Update = Answer<'files.watch'>
export type Row = Extract<Update['rows'][number], { readonly name: string; readonly addedAt: number }>

/** Puts what changed into the rows; a row that changed is another object. */
export function applyUpdate(rows: Map<string, Row>, update: Update): void {
  for (const id of update.removed) rows.delete(id)
  for (const change of update.rows) {
    const row: Record<string, unknown> = { ...rows.get(change.infoHash) }
    for (const [field, value] of Object.entries(change)) {
      if (value === null) delete row[field]
      else row[field] = value
    }
    rows.set(change.infoHash, row as unknown as Row)
  }
}

export interface LiveRows {
  /** Undefined until the first came. */
  readonly rows: readonly Row[] | undefined
  readonly error: ApiError | undefined
  again(): void
}

/** All transfers, as they change; anew when the daemon is back. */
export function useLiveRows(): LiveRows {
  const [rows, setRows] = useState<readonly Row[]>()
  const [error, setError] = useState<ApiError>()
  const [round, setRound] = useState(0)
  useEffect(() => onReconnected(() => setRound(count => count + 1)), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round begins anew
  useEffect(() => {
    const left = new AbortController()
    const known = new Map<string, Row>()
    void (async () => {
      try {
        for await (const update of stream('files.watch', {}, { signal: left.signal })) {
          applyUpdate(known, update)
          if (update.more) continue
          setError(undefined)
          setRows([...known.values()])
        }
      } catch (failure) {
        if (!isAbort(failure)) setError(asApiError(failure))
      }
    })()
    return () => left.abort(new DOMException('left', 'AbortError'))
  }, [round])
  return { rows, error, again: () => setRound(count => count + 1) }
}
