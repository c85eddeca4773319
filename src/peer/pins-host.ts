import type { PinsHost } from '../services/pins/index.ts'
import type { Store } from '../store/index.ts'

/** What the pins service needs. */
export function pinsHost({ blocks }: Store): PinsHost {
  return { blocks, obtainer: () => undefined }
}
