import type { RunningService } from '../../base/index.ts'
import type { SetupHost } from './host.ts'
import { setupOperations } from './operations.ts'

export type { SetupHost } from './host.ts'
export { type SetupDone, type SetupView, setupOperations } from './operations.ts'

/** What a new user is asked once. */
export function startSetup(host: SetupHost): RunningService {
  return { name: 'setup', operations: setupOperations, state: host, stop: async () => undefined }
}
