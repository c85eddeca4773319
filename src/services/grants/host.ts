import type { Access, Grants } from '../../access/index.ts'
import type { World } from '../../base/index.ts'

/** What the service needs of the peer that it runs in. */
export interface GrantsHost {
  readonly world: World
  readonly access: Access
  readonly grants: Grants
  /** Whom a grant can be for, as the user writes it: a contact by its name, a peer id, `circle:NAME`. Throws when there is none. */
  holderOf(text: string): string
  /** A person or circle in the words of the user. */
  nameOf(holder: string): string
  /** The resource that a name, link or info hash of content means, or that a name of a resource is. Throws `content.unknown`. */
  resourceOf(text: string): string
  /** What a resource is called; itself when it has no name. */
  titleOf(resource: string): string
}
