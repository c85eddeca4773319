import { fingerprintMatches, fingerprintOf, type Trust } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { who } from './change.ts'
import type { ContactsHost } from './host.ts'

interface Verifying {
  who: string
  fingerprint?: string | undefined
  confirmed: boolean
}

/** What two persons compare, by voice or by eye, and what came of it. */
export interface Verification {
  readonly name: string
  readonly peer: string
  readonly trust: Trust
  /** 12 words of the contact's main key, which the person must see on its own machine, and ours, for it to compare. */
  readonly theirs: readonly string[]
  readonly mine: readonly string[]
  /** What the program found when it was given a text to compare. */
  readonly verdict?: 'same' | 'different' | undefined
}

export const verify: ValueOperation<ContactsHost, Verifying, Verification> = {
  summary: 'Compare keys with a contact, and mark it as verified',
  input: z.object({
    who,
    fingerprint: z
      .string()
      .max(1024)
      .optional()
      .describe('What the person read out or showed: 12 words, a peer id, or the text of a QR code'),
    confirmed: z
      .boolean()
      .default(false)
      .describe('You have compared the words with the person, and they are the same'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'contact verify', positional: ['who'], example: 'peerage contact verify Ann' },
  run: async (host, { who: text, fingerprint, confirmed }) => {
    const { contacts, people } = host
    const contact = contacts.find(text)
    if (contact.trust === 'blocked')
      throw new PeerageError(
        'usage.invalid',
        `${contact.name} is blocked; \`peerage contact unblock\` lifts that.`,
      )
    const verdict =
      fingerprint === undefined
        ? undefined
        : fingerprintMatches(fingerprint, contact.peer)
          ? 'same'
          : 'different'
    // A text that differs weighs more than a word that it does not.
    const isVerified = verdict === undefined ? confirmed : verdict === 'same'
    const { trust } = isVerified ? contacts.setTrust(contact.peer, 'verified') : contact
    return {
      name: contact.name,
      peer: contact.peer,
      trust,
      theirs: fingerprintOf(contact.peer),
      mine: fingerprintOf(people.personOf(host.self)),
      verdict,
    }
  },
}
