import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { keyFingerprint, type PrivateNetworkState } from '../../network/index.ts'
import { encodeSwarmKey, swarmKeyBytes } from '../../wire/index.ts'
import type { Reach } from './reach.ts'

export interface PrivateNetworkReport {
  /** The private network that this peer is in; absent: it talks to everyone. */
  readonly network?: PrivateNetworkState
}

export const privateNetwork: ValueOperation<Reach, Record<never, never>, PrivateNetworkReport> = {
  summary: 'Show the private network that this peer is in, and whom it refused',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'private-network', example: 'peerage private-network' },
  run: async ({ host }) => {
    const network = host.network?.privateNetwork
    return { ...(network !== undefined && { network }) }
  },
}

export interface NewKey {
  readonly file: string
  /** Tells keys apart without showing them. */
  readonly fingerprint: string
}

export const createNetworkKey: ValueOperation<Reach, { file: string }, NewKey> = {
  summary: 'Make the key of a new private network: a file that each of its peers needs',
  input: z.object({ file: z.string().min(1).max(4096).describe('Where to; must not be there yet') }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'private-network create',
    positional: ['file'],
    example: 'peerage private-network create swarm.key',
  },
  async run({ host }, input) {
    const file = resolve(input.file)
    const key = host.world.random.bytes(swarmKeyBytes)
    try {
      await using out = await open(file, 'wx', 0o600)
      await out.writeFile(encodeSwarmKey(key))
      await out.sync()
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
        throw new PeerageError('store.exists', `${file} is there already; a key is never replaced.`, {
          cause,
        })
      throw new PeerageError('store.io', `${file} cannot be written.`, { cause })
    }
    return { file, fingerprint: keyFingerprint(key) }
  },
}
