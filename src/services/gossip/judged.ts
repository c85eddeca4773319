import { PeerageError } from '../../base/index.ts'
import type { Receipt } from './topics.ts'

/** Judges statements one by one. That there is no room for one is no fault of who told it. */
export function judged(
  statements: readonly Uint8Array[],
  receive: (statement: Uint8Array) => unknown,
): Receipt {
  let fault: PeerageError | undefined
  for (const statement of statements) {
    try {
      receive(statement)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      if (error.code !== 'access.limit') fault = error
    }
  }
  return { fault }
}
