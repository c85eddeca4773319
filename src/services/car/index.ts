import type { RunningService } from '../../base/index.ts'
import type { CarHost } from './host.ts'
import { carOperations } from './operations.ts'

export type { ExportCarUpdate } from './export-car.ts'
export type { CarHost, NamedRoot, OpenedDag } from './host.ts'
export type { ImportCarUpdate } from './import-car.ts'
export { carOperations } from './operations.ts'
export type { CarFile, CarPreview, CarRoot, PreviewCarUpdate } from './preview-car.ts'

/** CAR archives of what is on IPFS. */
export function startCar(host: CarHost): RunningService {
  return { name: 'car', operations: carOperations, state: host, stop: async () => undefined }
}
