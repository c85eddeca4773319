import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fromBase64url, PeerageError, type Random, toBase64url, utf8, z } from '../base/index.ts'
import { defaultPassphraseCost, type PassphraseCost, passphraseKey } from './passphrase-key.ts'
import { canonicalPeerId } from './peer-id.ts'
import { peopleLimits } from './people-statements.ts'
import { type Identity, identityFromSeed } from './signing.ts'

/** A key file is read up to this size; a longer one is no key file. */
export const maxKeyFileBytes = 4096

interface LockedSeed {
  kdf: 'argon2id'
  memoryKiB: number
  passes: number
  salt: string
  cipher: 'aes-256-gcm'
  nonce: string
  sealed: string
}

interface KeyFile {
  version: 1
  peerId: string
  seed?: string | undefined
  locked?: LockedSeed | undefined
  handover?: string | undefined
}

/** What a key file holds. */
export interface KeyFileContent {
  readonly identity: Identity
  /** The statement by which the key before this one handed over to it; others are told. */
  readonly handover?: Uint8Array | undefined
}

/** Costs are bounded so that a damaged file cannot ask for all the memory there is. */
const keyFile: z.ZodType<KeyFile> = z
  .strictObject({
    version: z.literal(1),
    peerId: z.string().max(128),
    seed: z.string().length(43).optional(),
    locked: z
      .strictObject({
        kdf: z.literal('argon2id'),
        memoryKiB: z.int().min(8).max(1_048_576),
        passes: z.int().min(1).max(64),
        salt: z.string().length(22),
        cipher: z.literal('aes-256-gcm'),
        nonce: z.string().length(16),
        sealed: z.string().length(64),
      })
      .optional(),
    handover: z
      .string()
      .max(peopleLimits.handoverBytes * 2)
      .optional(),
  })
  .refine(file => (file.seed === undefined) !== (file.locked === undefined))

/** The text of a key file, locked when there is a `passphrase`. */
export async function encodeKeyFile(
  { identity, handover }: KeyFileContent,
  random: Random,
  passphrase?: string,
  cost: PassphraseCost = defaultPassphraseCost,
): Promise<string> {
  const { peerId, seed } = identity
  const file: KeyFile = {
    version: 1,
    peerId,
    ...(passphrase === undefined
      ? { seed: toBase64url(seed) }
      : { locked: await lock(identity, random, passphrase, cost) }),
    ...(handover !== undefined && { handover: toBase64url(handover) }),
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/** The identity in the text of a key file. Throws `identity.damaged`, `access.passphrase-needed`, `access.passphrase-wrong`. */
export async function decodeKeyFile(
  text: string,
  passphrase?: string,
): Promise<KeyFileContent & { readonly locked: boolean }> {
  const file = parse(text)
  const seed =
    file.locked === undefined ? bytesOf(file.seed, 32) : await unlock(file.peerId, file.locked, passphrase)
  const identity = identityFromSeed(seed)
  if (identity.peerId !== file.peerId) throw damaged('its key does not belong to its peer id')
  const handover = file.handover === undefined ? undefined : textBytes(file.handover)
  return { identity, locked: file.locked !== undefined, ...(handover && { handover }) }
}

/** Whose key a key file says that it holds, which needs no passphrase; undefined when it is damaged. */
export function peerIdInKeyFile(text: string): string | undefined {
  try {
    return canonicalPeerId(parse(text).peerId)
  } catch {
    return undefined
  }
}

/** Throws `identity.damaged`. */
export function isLockedKeyFile(text: string): boolean {
  return parse(text).locked !== undefined
}

function parse(text: string): KeyFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged('it is not JSON')
  }
  const result = keyFile.safeParse(value)
  // The cause is left out on purpose: it could quote the key.
  if (!result.success) throw damaged('a field is missing or wrong')
  return result.data
}

async function lock(
  identity: Identity,
  random: Random,
  passphrase: string,
  cost: PassphraseCost,
): Promise<LockedSeed> {
  const salt = random.bytes(16)
  const nonce = random.bytes(12)
  const key = await passphraseKey(passphrase, salt, cost)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(identity.peerId))
  const sealed = Buffer.concat([cipher.update(identity.seed), cipher.final(), cipher.getAuthTag()])
  return {
    kdf: 'argon2id',
    ...cost,
    salt: toBase64url(salt),
    cipher: 'aes-256-gcm',
    nonce: toBase64url(nonce),
    sealed: toBase64url(sealed),
  }
}

async function unlock(
  peerId: string,
  locked: LockedSeed,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined) throw new PeerageError('access.passphrase-needed')
  const sealed = bytesOf(locked.sealed, 48)
  const nonce = bytesOf(locked.nonce, 12)
  const key = await passphraseKey(passphrase, bytesOf(locked.salt, 16), locked)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(peerId))
  decipher.setAuthTag(sealed.subarray(32))
  try {
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, 32)), decipher.final()]))
  } catch {
    throw new PeerageError('access.passphrase-wrong')
  }
}

/** The seal covers the peer id, so that a sealed key cannot be passed off under another name. */
function boundTo(peerId: string): Uint8Array {
  return utf8(`peerage identity 1 ${peerId}`)
}

function bytesOf(text: string | undefined, length: number): Uint8Array {
  const bytes = textBytes(text ?? '')
  if (bytes.length !== length) throw damaged('a field is missing or wrong')
  return bytes
}

function textBytes(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch {
    // Without the cause, which could quote the text.
    throw damaged('a field is missing or wrong')
  }
}

function damaged(why: string): PeerageError {
  return new PeerageError('identity.damaged', `The identity key file is damaged: ${why}.`)
}
