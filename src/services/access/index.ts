import type { RunningService } from '../../base/index.ts'
import type { AccessHost } from './host.ts'
import { tellNews } from './news.ts'
import { accessOperations } from './operations.ts'

export type { AuditEntry } from './audit.ts'
export { resourceOf } from './fields.ts'
export type { AccessEvent, AccessHost } from './host.ts'
export type { Answer, AnswerRule, ResourceDetails, ResourceRow, RuleRow } from './look.ts'
export { accessOperations } from './operations.ts'
export type { PersonRow } from './person.ts'

/** The access service: who may do what on this machine, and who did. */
export function startAccess(host: AccessHost): RunningService {
  const end = tellNews(host)
  return { name: 'access', operations: accessOperations, state: host, stop: async () => end() }
}
