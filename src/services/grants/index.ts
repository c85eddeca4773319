import type { RunningService } from '../../base/index.ts'
import type { GrantsHost } from './host.ts'
import { grantsOperations } from './operations.ts'

export type { GrantRow } from './grant-row.ts'
export type { GrantsHost } from './host.ts'
export { type GivenGrant, grantsOperations, type RevokedGrants } from './operations.ts'

/** The grants service: what the user gives to others in writing, and was given. */
export function startGrants(host: GrantsHost): RunningService {
  return { name: 'grants', operations: grantsOperations, state: host, stop: async () => undefined }
}
