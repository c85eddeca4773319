import type { Access, Introduced, InviteGrant, Invites, Role } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import type { InviteOffer } from '../../wire/index.ts'
import type { InvitesConfig } from './config.ts'

/** What happened to invites of this peer, in the past tense. Names are hostile text. */
export type InvitesEvent =
  | { readonly type: 'invite.made'; readonly invite: string; readonly kind: InviteGrant['kind'] }
  /** It was taken back, or nobody waits for a spoken one any more. */
  | { readonly type: 'invite.ended'; readonly invite: string }
  | {
      readonly type: 'invite.taken'
      readonly invite: string
      readonly kind: InviteGrant['kind']
      readonly peer: string
      readonly name: string
    }
  /** It was used up, and what it is for could not be given. */
  | {
      readonly type: 'invite.failed'
      readonly invite: string
      readonly code: string
      readonly message: string
    }
  /** A wrong try at a spoken invite; with none left it has ended. */
  | {
      readonly type: 'invite.missed'
      readonly invite: string
      readonly peer: string
      readonly triesLeft: number
    }

/** A circle to invite into. */
export interface InvitedCircle {
  /** 64 hex digits. */
  readonly id: string
  readonly name: string
}

/** How far a file is being read or fetched. */
export interface FetchProgress {
  readonly state: string
  readonly name: string
  readonly bytes: number
  readonly totalBytes: number
  readonly path?: string | undefined
}

/** What this service needs of files; `peer/` makes it from the files service. */
export interface FilesPort {
  /** Offers a path to nobody yet, unless it is offered already; tells how far it was read, and ends with its info hash in hex. */
  offer(
    path: string,
    signal: AbortSignal,
  ): AsyncGenerator<FetchProgress, { infoHash: string; isNew: boolean }>
  /** The info hash in hex of what a text means. Throws `content.unknown`. */
  find(content: string): string
  describe(infoHash: string): Omit<InviteOffer, 'link'>
  /** What a content is called; undefined when it is not here. */
  titleOf(infoHash: string): string | undefined
  /** Lets one peer fetch it, and gives the link by which. */
  allow(infoHash: string, peer: string): string
  /** Whether a peer is connected that fetches it. */
  isWith(infoHash: string, peer: string): boolean
  /** Calls `listener` when a peer has all of it, or all that it wants; perhaps at once, perhaps again. Gives what ends it. */
  onFetched(infoHash: string, peer: string, listener: () => void): () => void
  unshare(infoHash: string): Promise<void>
  /** Until all is here. Throws what stops it. */
  fetch(link: string, into: string | undefined, signal: AbortSignal): AsyncIterable<FetchProgress>
}

/** What this service needs of circles. */
export interface CirclesPort {
  /** Throws `circle.unknown`, `circle.denied`. */
  invitable(nameOrId: string): InvitedCircle
  titleOf(id: string): string | undefined
  /** Adds a member and gives all statements of the circle. Throws `circle.denied`, `access.limit`. */
  admit(circle: string, peer: string, role: Role): Uint8Array[]
  /** Joins by statements of the peer that invited. Throws `statement.invalid`. */
  join(circle: string, statements: readonly Uint8Array[], from: string): Promise<InvitedCircle>
}

/** What the service needs of the peer that it runs in. */
export interface InvitesHost {
  readonly world: World
  readonly self: string
  /** What others are told that the user is called. */
  readonly ownName: string
  readonly access: Access
  readonly invites: Invites
  /** As it is now. */
  readonly config: InvitesConfig
  /** Absent when the peer is offline. */
  readonly network?: Network | undefined
  readonly files: FilesPort
  readonly circles?: CirclesPort | undefined
  /** Makes somebody a contact, or greets an old one; gives the petname. */
  befriend(who: Introduced): string
  /** The petname of a contact. */
  nameOf(peer: string): string | undefined
  /** Whether somebody is a contact or a fellow of a circle. */
  isKnown(peer: string): boolean
  /** From now on somebody is expected whom the user does not know yet. Gives what ends it. */
  expect(): () => void
  emit(event: InvitesEvent): void
}
