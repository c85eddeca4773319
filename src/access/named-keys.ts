import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError, type World } from '../base/index.ts'
import { decodeKeyFile, encodeKeyFile, peerIdInKeyFile } from './key-file.ts'
import { createKey, onDisk, readKey, replaceKey } from './key-place.ts'
import type { PassphraseCost } from './passphrase-key.ts'
import { type Identity, identityFromSeed } from './signing.ts'

/** A key beside the one of the identity, with a name for people. */
export interface NamedKey {
  readonly name: string
  /** PeerId form of its public key; undefined for a damaged file. */
  readonly peerId: string | undefined
}

export interface NamedKeysOptions {
  /** Opens locked keys; locks new ones. */
  readonly passphrase?: string | undefined
  readonly world: World
  readonly cost?: PassphraseCost
}

const pattern = /^[a-z0-9][a-z0-9_-]{0,31}$/
/** More are not made. */
export const maxNamedKeys = 64

/**
 * Further keys of a home: HOME/names/NAME.key, of the same form as the key of the identity and locked with the same passphrase. All methods throw
 * as `loadIdentity` does for a file that cannot be read or opened.
 */
export class NamedKeys {
  readonly #folder: string
  readonly #options: NamedKeysOptions
  readonly #open = new Map<string, Identity>()

  /** With a passphrase new keys are locked. */
  constructor(home: string, options: NamedKeysOptions) {
    this.#folder = join(home, 'names')
    this.#options = options
  }

  /** In order of their names; none of them is opened. */
  async list(): Promise<NamedKey[]> {
    const names = await namesIn(this.#folder)
    return await Promise.all(
      names.map(async name => {
        const found = await readKey(this.#path(name))
        return { name, peerId: found && peerIdInKeyFile(found.text) }
      }),
    )
  }

  /** Throws `name.key-unknown`, `access.passphrase-needed`, `access.passphrase-wrong`, `identity.damaged`. */
  async open(name: string): Promise<Identity> {
    const known = this.#open.get(name)
    if (known !== undefined) return known
    const found = pattern.test(name) ? await readKey(this.#path(name)) : undefined
    if (found === undefined) throw unknown(name)
    const { identity } = await decodeKeyFile(found.text, this.#options.passphrase)
    this.#open.set(name, identity)
    return identity
  }

  /** Throws `name.key-exists`, `usage.invalid`, `access.limit`. */
  async create(name: string): Promise<Identity> {
    const { world, passphrase, cost } = this.#options
    if (!pattern.test(name) || name === 'self')
      throw new PeerageError(
        'usage.invalid',
        'A key is called by up to 32 small letters, digits, - and _; `self` is the key of this peer.',
      )
    if ((await namesIn(this.#folder)).length >= maxNamedKeys)
      throw new PeerageError('access.limit', `There are ${maxNamedKeys} keys already.`)
    const identity = identityFromSeed(world.random.bytes(32))
    const text = await encodeKeyFile({ identity }, world.random, passphrase, cost)
    if (!(await createKey(this.#folder, this.#path(name), text, world)))
      throw new PeerageError('name.key-exists', `There is a key called ${name} already.`)
    this.#open.set(name, identity)
    return identity
  }

  /** For ever: without a copy of the file nobody can publish under its name any more. Throws `name.key-unknown`. */
  async remove(name: string): Promise<void> {
    if (!(await namesIn(this.#folder)).includes(name)) throw unknown(name)
    await onDisk(this.#path(name), () => rm(this.#path(name)))
    this.#open.delete(name)
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.key`)
  }
}

/** Seals all of them anew when the passphrase of a home changes; those that open with the next one already are left. */
export async function sealNamedKeys(
  home: string,
  change: { readonly current?: string; readonly next?: string },
  { world, cost }: { readonly world: World; readonly cost?: PassphraseCost | undefined },
): Promise<void> {
  const folder = join(home, 'names')
  for (const name of await namesIn(folder)) {
    const path = join(folder, `${name}.key`)
    const found = await readKey(path)
    if (found === undefined || (await opens(found.text, change.next))) continue
    const content = await decodeKeyFile(found.text, change.current)
    const text = await encodeKeyFile(content, world.random, change.next, cost)
    await onDisk(path, () => replaceKey(folder, path, text, world))
  }
}

/** Whether it is sealed in just that way. */
async function opens(text: string, passphrase: string | undefined): Promise<boolean> {
  try {
    return (await decodeKeyFile(text, passphrase)).locked === (passphrase !== undefined)
  } catch {
    return false
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const files = await onDisk(folder, () => readdir(folder).catch(absent))
  return files
    .filter(file => file.endsWith('.key') && pattern.test(file.slice(0, -4)))
    .map(file => file.slice(0, -4))
    .sort()
}

function absent(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}

function unknown(name: string): PeerageError {
  return new PeerageError('name.key-unknown', `There is no key called ${JSON.stringify(name).slice(0, 64)}.`)
}
