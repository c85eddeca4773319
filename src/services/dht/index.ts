import type { RunningService } from '../../base/index.ts'
import type { DhtHost } from './host.ts'
import { dhtOperations } from './operations.ts'

export type { DhtHost, DhtReport, FoundItem, StoredItem } from './host.ts'
export { type DhtAnswer, type DhtPlace, dhtOperations } from './operations.ts'

/** The DHT as something to ask: how it is, and small items that it keeps. */
export function startDht(host: DhtHost): RunningService {
  return { name: 'dht', operations: dhtOperations, state: host, stop: async () => undefined }
}
