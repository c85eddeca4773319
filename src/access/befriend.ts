import { PeerageError } from '../base/index.ts'
import type { Contacts } from './contacts.ts'
import { checkPetname, maxPetnameLength } from './petname.ts'

export interface Introduced {
  readonly peer: string
  /** What they say that they are called: hostile text. */
  readonly suggested: string
  /** What the user calls them. */
  readonly petname?: string | undefined
  /** Multiaddrs. */
  readonly addresses: readonly string[]
}

/**
 * Makes somebody who was introduced a contact, by the user's name for them or else the suggested one, or one like it that no other
 * contact has; who is a contact already keeps its name. Gives the petname. Throws `access.limit`.
 */
export function befriend(
  contacts: Contacts,
  { peer, suggested, petname = '', addresses }: Introduced,
): string {
  const known = contacts.get(peer)
  if (known !== undefined) {
    contacts.seen(peer, addresses)
    return known.name
  }
  const name = usableName(petname) ?? usableName(suggested) ?? `peer ${peer.slice(-6)}`
  try {
    return contacts.add({ peer, name, addresses }).name
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'contact.exists') throw error
    return contacts.add({ peer, name: contacts.suggest(name), addresses }).name
  }
}

function usableName(suggested: string): string | undefined {
  const plain = [...suggested.replaceAll(/[^\p{L}\p{N}\p{M}\p{S} '’._-]/gu, ' ')].slice(0, maxPetnameLength)
  try {
    return checkPetname(plain.join(''))
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
