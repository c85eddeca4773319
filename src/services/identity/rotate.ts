import type { Rotated } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import type { IdentityHost } from './host.ts'

export const rotate: ValueOperation<IdentityHost, { sure: boolean }, Rotated> = {
  summary: 'Hand over to a new main key; contacts and circles follow',
  input: z.object({
    sure: z.boolean().default(false).describe('It cannot be undone: the old key will act for nobody'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'id rotate', example: 'peerage id rotate --sure' },
  run: async ({ identity, people, rotate: rotateKey }, { sure }) => {
    if (!sure) throw new PeerageError('usage.invalid', 'This cannot be undone; say --sure if you want it.')
    if (people.principal(identity.peerId) !== identity.peerId)
      throw new PeerageError(
        'usage.invalid',
        'This is a device, or its key was replaced: only the main key hands over. A device can be revoked, and another added.',
      )
    return await rotateKey()
  },
}
