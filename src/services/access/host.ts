import type { Access, AuditLog, SubjectRule } from '../../access/index.ts'
import type { World } from '../../base/index.ts'

/** What changed about permissions, for those who show them. */
export type AccessEvent =
  /** `resource` is there when it was one alone. */
  | { readonly type: 'access.changed'; readonly resource?: string }
  /** Lines were added to the audit log; told at most four times a second. */
  | { readonly type: 'audit.recorded'; readonly lines: number }

/** What the service needs of the peer that it runs in. */
export interface AccessHost {
  readonly access: Access
  readonly audit: AuditLog
  readonly world: World
  /** The PeerId that a petname, an id in any form or an address means. Throws `contact.unknown`. */
  personOf(text: string): string
  /** All keys of the person that a peer is or belongs to, by which the audit log may name it. */
  keysOf(peer: string): readonly string[]
  /** A subject as the user writes it (`contact:anna`, `circle:family/member`). Throws when there is none of that name. */
  subjectOf(text: string): SubjectRule
  /** A subject of a policy in the words of the user. */
  nameOf(subject: string): string
  /** The resource of a content by its name, link or info hash. Throws `content.unknown`. */
  contentOf(text: string): string
  /** What a resource is called; undefined when it has no name. */
  titleOf(resource: string): string | undefined
  emit(event: AccessEvent): void
}
