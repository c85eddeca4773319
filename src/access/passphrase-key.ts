import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { PeerageError, utf8 } from '../base/index.ts'

/** What a passphrase costs to try: argon2id (RFC 9106). */
export interface PassphraseCost {
  readonly memoryKiB: number
  readonly passes: number
}

/** RFC 9106, section 4, "second recommended option": 64 MiB, 3 passes; about 0.2 s of one core. */
export const defaultPassphraseCost: PassphraseCost = { memoryKiB: 65536, passes: 3 }

const maxPassphraseBytes = 1024

const deriveKey = promisify(argon2)

/**
 * 32 bytes that only this passphrase gives with this salt. Throws `access.passphrase-needed` for one that is empty or too long.
 *
 * @param salt 16 bytes
 */
export async function passphraseKey(
  passphrase: string,
  salt: Uint8Array,
  cost: PassphraseCost,
): Promise<Uint8Array> {
  // NFKC: the same keys pressed on another system may give another composition of the same letters.
  const message = utf8(passphrase.normalize('NFKC'))
  if (message.length === 0 || message.length > maxPassphraseBytes)
    throw new PeerageError('access.passphrase-needed', `A passphrase has 1 to ${maxPassphraseBytes} bytes.`)
  return await deriveKey('argon2id', {
    message,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: cost.memoryKiB,
    passes: cost.passes,
  })
}
