import type { RunningService } from '../../base/index.ts'
import type { NamesHost } from './host.ts'
import { namesOperations } from './operations.ts'

export type { KeyOfName, NamesHost, OwnName } from './host.ts'
export { type NameRow, namesOperations, type PublishedName, type ResolvedName } from './operations.ts'

/** Names that point at something that changes, as something to ask. */
export function startNames(host: NamesHost): RunningService {
  return { name: 'names', operations: namesOperations, state: host, stop: async () => undefined }
}
