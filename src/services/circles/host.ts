import type { Circles, Role } from '../../access/index.ts'

/** What happened to the circles of this user. Names come from the network. */
export type CirclesEvent =
  | {
      readonly type: 'circle.changed'
      readonly circle: string
      readonly name: string
      readonly members: number
    }
  /** Of this user; also when it is another than before. */
  | { readonly type: 'circle.joined'; readonly circle: string; readonly name: string; readonly role: Role }
  /** This user is not in it any more, or it was forgotten. */
  | { readonly type: 'circle.left'; readonly circle: string; readonly name: string }

/** What the service needs of the peer that it runs in. */
export interface CirclesHost {
  readonly circles: Circles
  /** PeerIds by which rosters may name the user of this machine. */
  selves(): readonly string[]
  /** The PeerId of the person that the user means. Throws `contact.unknown`. */
  personOf(text: string): string
  /** Keys that a person had before, by which rosters may still name it. */
  formerly(person: string): readonly string[]
  /** What the user calls the person that a peer belongs to. */
  nameOf(peer: string): string | undefined
  emit(event: CirclesEvent): void
}
