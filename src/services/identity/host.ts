import type { Identity, People, Rotated } from '../../access/index.ts'
import type { World } from '../../base/index.ts'

/** A device was added or revoked, or the main key was handed over: of the user. */
export interface IdentityEvent {
  readonly type: 'devices.changed'
}

/** What the service needs of the peer that it runs in. */
export interface IdentityHost {
  readonly world: World
  readonly identity: Identity
  /** The key file is protected by a passphrase. */
  readonly locked: boolean
  readonly people: People
  /** The PeerId that a text means. Throws `contact.unknown`. */
  personOf(text: string): string
  /** Gives this home a new main key, which counts from the next start on, and makes it an admin wherever this one is. */
  rotate(): Promise<Rotated>
  emit(event: IdentityEvent): void
}
