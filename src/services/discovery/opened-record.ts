import { PeerageError } from '../../base/index.ts'
import { type PeerRecord, PeerRecords } from '../../network/index.ts'

/** What a signed record says, or a newer one of the same peer that came before; undefined when it is none, or forged. */
export type ReadRecord = (bytes: Uint8Array) => PeerRecord | undefined

/** Reads records and remembers the newest of so many peers, so that an old one that somebody repeats misleads nobody. */
export function recordReader(most: number): ReadRecord {
  const records = new PeerRecords(most)
  return bytes => {
    try {
      return records.take(bytes)
    } catch (error) {
      if (error instanceof PeerageError) return undefined
      throw error
    }
  }
}
