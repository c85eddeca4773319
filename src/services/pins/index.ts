import type { RunningService } from '../../base/index.ts'
import type { PinsHost } from './host.ts'
import { pinsOperations } from './operations.ts'

export type { PinsHost } from './host.ts'
export { type PinRow, type PinUpdate, pinsOperations } from './operations.ts'

/** What of IPFS is kept on this machine besides shares, and why. */
export function startPins(host: PinsHost): RunningService {
  return { name: 'pins', operations: pinsOperations, state: host, stop: async () => undefined }
}
