import { PeerageError } from '../../base/index.ts'
import { openPeerRecord, type PeerRecord } from '../../network/index.ts'

/** The signed record in `bytes`; undefined when it is none, or forged. */
export function openedRecord(bytes: Uint8Array): PeerRecord | undefined {
  try {
    return openPeerRecord(bytes)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
