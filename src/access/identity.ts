import { PeerageError, systemWorld, toHex, type World } from '../base/index.ts'
import { decodeKeyFile, encodeKeyFile, isLockedKeyFile, peerIdInKeyFile } from './key-file.ts'
import { createKey, type KeyText, keepAside, keyPath, onDisk, readKey, replaceKey } from './key-place.ts'
import { sealNamedKeys } from './named-keys.ts'
import type { PassphraseCost } from './passphrase-key.ts'
import { signHandover } from './people-statements.ts'
import { type Identity, identityFromSeed } from './signing.ts'

export interface IdentityOptions {
  /** Opens a locked key file; locks a new one. */
  readonly passphrase?: string | undefined
  readonly world?: World
  readonly cost?: PassphraseCost
}

export interface LoadedIdentity extends Identity {
  /** Made just now: this home had none. */
  readonly created: boolean
  /** The key file is protected by a passphrase. */
  readonly locked: boolean
  /** The statement by which the key that this home had before handed over to this one. */
  readonly handover?: Uint8Array | undefined
  /** What the user should know, in sentences. */
  readonly warnings: readonly string[]
}

/**
 * The identity of `home`, which is made on first use: HOME/identity.key, mode 0600. Several processes may do this at once;
 * all get the same identity. A file that others may read is repaired and reported in `warnings`, or refused when that fails.
 *
 * Throws `identity.damaged`, `identity.exposed`, `identity.unreadable`, `access.passphrase-needed`, `access.passphrase-wrong`.
 */
export async function loadIdentity(home: string, options: IdentityOptions = {}): Promise<LoadedIdentity> {
  const path = keyPath(home)
  const found = await readKey(path)
  if (found !== undefined) return await opened(found, options)
  const { passphrase, world = systemWorld, cost } = options
  const identity = identityFromSeed(world.random.bytes(32))
  const text = await encodeKeyFile({ identity }, world.random, passphrase, cost)
  if (await createKey(home, path, text, world))
    return Object.assign(identity, { created: true, locked: passphrase !== undefined, warnings: [] })
  // Another process was first; its identity is the one of this home.
  const winner = await readKey(path)
  if (winner === undefined)
    throw new PeerageError('identity.unreadable', `${path} vanished.`, { details: { path } })
  return await opened(winner, options)
}

/** As `loadIdentity`, but makes none. Throws `identity.unreadable` when there is none. */
export async function openIdentity(home: string, options: IdentityOptions = {}): Promise<LoadedIdentity> {
  return await opened(await existingKey(home), options)
}

/** Whether the key of `home` is protected by a passphrase. Throws `identity.unreadable` when there is none. */
export async function isLocked(home: string): Promise<boolean> {
  return isLockedKeyFile((await existingKey(home)).text)
}

/**
 * Adds (`next` only), changes (both) or removes (`current` only) the passphrase of the identity of `home`, and of its named keys. Each
 * file is replaced in one step. What stood in the old file may stay on the disk until it is written over.
 *
 * Throws as `loadIdentity` does; `identity.unreadable` when there is no key file.
 */
export async function changePassphrase(
  home: string,
  change: { readonly current?: string; readonly next?: string },
  options: Omit<IdentityOptions, 'passphrase'> = {},
): Promise<void> {
  const { world = systemWorld, cost } = options
  const path = keyPath(home)
  const found = await existingKey(home)
  const content = await decodeKeyFile(found.text, change.current)
  // First: when it breaks off half way, the same change can be asked for again.
  await sealNamedKeys(home, change, { world, cost })
  const text = await encodeKeyFile(content, world.random, change.next, cost)
  await onDisk(path, () => replaceKey(home, path, text, world))
}

export interface RestoreOptions extends IdentityOptions {
  /** Keeps another identity that the home has beside the restored one; otherwise it is a reason to refuse. */
  readonly moveAside?: boolean
}

/** What became of a restore; `movedTo` names the file that holds the identity which the home had before. */
export interface Restored {
  readonly peerId: string
  readonly was: 'restored' | 'here'
  readonly movedTo?: string | undefined
}

/**
 * Makes the identity of a seed (`seedOfPhrase`) the one of `home`. A home that has it already stays as it is, passphrase included.
 * Throws `identity.exists` when the home has another one and `moveAside` is not given, `identity.unreadable`; then nothing has changed.
 */
export async function restoreIdentity(
  home: string,
  seed: Uint8Array,
  { passphrase, world = systemWorld, cost, moveAside = false }: RestoreOptions = {},
): Promise<Restored> {
  const path = keyPath(home)
  const identity = identityFromSeed(seed)
  const { peerId } = identity
  const found = await readKey(path)
  const there = found && peerIdInKeyFile(found.text)
  if (there === peerId) return { peerId, was: 'here' }
  if (found !== undefined && !moveAside) throw otherIdentity(path, there)
  const text = await encodeKeyFile({ identity }, world.random, passphrase, cost)
  if (found === undefined) {
    if (await createKey(home, path, text, world)) return { peerId, was: 'restored' }
    throw otherIdentity(path, undefined)
  }
  const movedTo = await onDisk(path, async () => {
    const aside = await keepAside(home, path, there ?? toHex(world.random.bytes(4)))
    await replaceKey(home, path, text, world)
    return aside
  })
  return { peerId, was: 'restored', movedTo }
}

export interface Rotated {
  readonly from: string
  readonly to: string
  /** The file that holds the old key, sealed as before. */
  readonly keptIn: string
}

/**
 * Gives `home` a new main key, to which the old one hands over; the statement stands in the new key file, so that both change in one
 * step. It counts from the next start on. `from` is the key that must be there. Throws as `loadIdentity` does, and `usage.invalid` when
 * the file holds another key.
 */
export async function rotateIdentity(
  home: string,
  {
    from,
    lastList,
    passphrase,
    world = systemWorld,
    cost,
  }: IdentityOptions & { from: string; lastList: number },
): Promise<Rotated> {
  const path = keyPath(home)
  const found = await existingKey(home)
  const { identity: old, locked } = await decodeKeyFile(found.text, passphrase)
  if (old.peerId !== from)
    throw new PeerageError('usage.invalid', 'The key was changed a moment ago; start the peer again first.')
  const next = identityFromSeed(world.random.bytes(32))
  const handover = signHandover(old, next, lastList, world.wallTime())
  const text = await encodeKeyFile(
    { identity: next, handover },
    world.random,
    locked ? passphrase : undefined,
    cost,
  )
  return await onDisk(path, async () => {
    const keptIn = await keepAside(home, path, from)
    await replaceKey(home, path, text, world)
    return { from, to: next.peerId, keptIn }
  })
}

async function existingKey(home: string): Promise<KeyText> {
  const path = keyPath(home)
  const found = await readKey(path)
  if (found !== undefined) return found
  throw new PeerageError('identity.unreadable', `There is no ${path}.`, { details: { path } })
}

function otherIdentity(path: string, peerId: string | undefined): PeerageError {
  return new PeerageError(
    'identity.exists',
    `This home has another identity${peerId === undefined ? '' : `, ${peerId}`}.`,
    { details: { path } },
  )
}

async function opened(found: KeyText, { passphrase }: IdentityOptions): Promise<LoadedIdentity> {
  const { identity, locked, handover } = await decodeKeyFile(found.text, passphrase)
  const warnings = [...found.warnings]
  if (!locked && passphrase !== undefined)
    warnings.push('A passphrase was given, but the identity key is not protected by one.')
  return Object.assign(identity, { created: false, locked, warnings, ...(handover && { handover }) })
}
