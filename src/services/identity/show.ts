import { codeOfPeer, fingerprintOf } from '../../access/index.ts'
import { type ValueOperation, z } from '../../base/index.ts'
import type { IdentityHost } from './host.ts'

/** Who this peer is to others. */
export interface IdentityView {
  readonly peerId: string
  /** The main key of the person; the same as `peerId` unless this is a device of another. */
  readonly person: string
  /** 12 words by which others compare the person's key. */
  readonly fingerprint: readonly string[]
  /** What the QR code says. */
  readonly code: string
  /** The key file is protected by a passphrase. */
  readonly locked: boolean
}

export const show: ValueOperation<IdentityHost, Record<never, never>, IdentityView> = {
  summary: 'Show the public name of this peer, and the words by which others check it',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'id', example: 'peerage id' },
  run: async ({ identity, people, locked }) => {
    const person = people.personOf(identity.peerId)
    const { peerId } = identity
    return { peerId, person, fingerprint: fingerprintOf(person), code: codeOfPeer(person), locked }
  },
}
