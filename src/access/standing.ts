/** What a member of a circle may do in it: sign its roster; take part; take part where guests may. */
export type Role = 'admin' | 'member' | 'guest'

/** How a contact is treated: refused everything; known; its key compared with the person. */
export type Trust = 'blocked' | 'known' | 'verified'

/**
 * Who a peer is to the user of this machine, whatever it asks for. Each answer comes from memory: every decision asks.
 * See docs/decisions/011-access.md.
 */
export interface Standing {
  /**
   * The PeerId of the person that a peer acts for: its main key when it is one of that person's devices, its newest key after
   * rotations, and itself when nothing is known. Undefined: the key was revoked or replaced and acts for nobody.
   */
  principal(peer: string): string | undefined
  /** Earlier keys of a person, by which rules and rosters may still name it. */
  formerly(principal: string): readonly string[]
  /** Undefined when it is no contact. */
  trust(principal: string): Trust | undefined
  /** Undefined when it is no member, or there is no such circle here. `circle` is its id: 64 hex digits. */
  role(circle: string, principal: string): Role | undefined
  /** Whether the issuer took back a grant (its statement id). */
  isRevoked(issuer: string, grant: string): boolean
  /** Calls `listener` whenever an answer may have changed; open streams are looked at again then. Gives what ends it. */
  onChanged(listener: () => void): () => void
}

/** What is known of peers where nothing is: each stands for itself. */
export const noStanding: Standing = {
  principal: peer => peer,
  formerly: () => [],
  trust: () => undefined,
  role: () => undefined,
  isRevoked: () => false,
  onChanged: () => () => undefined,
}
