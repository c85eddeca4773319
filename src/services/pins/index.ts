import type { RunningService } from '../../base/index.ts'
import type { PinsHost } from './host.ts'
import { type PinsState, pinsOperations } from './operations.ts'
import { UnderWay } from './under-way.ts'

export type { PinsHost } from './host.ts'
export { type PinRow, type PinUpdate, pinsOperations } from './operations.ts'

/** What of IPFS is kept on this machine besides shares, and why. */
export function startPins(host: PinsHost): RunningService {
  const state: PinsState = { host, underWay: new UnderWay(host) }
  return { name: 'pins', operations: pinsOperations, state, stop: async () => undefined }
}
