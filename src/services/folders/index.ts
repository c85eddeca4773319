import type { RunningService } from '../../base/index.ts'
import type { FoldersHost } from './host.ts'
import { foldersOperations } from './operations.ts'

export { type FoldersConfig, foldersConfig } from './config.ts'
export type { FoldersHost } from './host.ts'
export { foldersOperations, type PlacesView } from './operations.ts'

/** The folders of this machine, which a page in a browser cannot see by itself. */
export function startFolders(host: FoldersHost): RunningService {
  return { name: 'folders', operations: foldersOperations, state: host, stop: async () => undefined }
}
