import { type Identity, type LoadedIdentity, NamedKeys, publicKeyOf } from '../access/index.ts'
import { PeerageError, toHex, type World } from '../base/index.ts'
import { nameOfKey } from '../content/index.ts'
import type { IpfsNetwork, NameKey, NameKeys } from '../ipfs/index.ts'
import type { Files } from '../services/files/index.ts'
import type { KeyOfName, NamesHost } from '../services/names/index.ts'
import type { Store } from '../store/index.ts'

/** How the key of the peer is called. */
const selfKey = 'self'

interface KeyParts {
  readonly home: string
  readonly world: World
  readonly identity: LoadedIdentity
  readonly passphrase: string | undefined
}

/** The keys of a peer: its own, and those in its home, which are locked like its own. */
export class OwnKeys implements NameKeys {
  readonly #identity: Identity
  readonly #named: NamedKeys

  constructor({ home, world, identity, passphrase }: KeyParts) {
    this.#identity = identity
    this.#named = new NamedKeys(home, { world, ...(identity.locked && { passphrase }) })
  }

  async open(name: string = selfKey): Promise<NameKey> {
    const { publicKey, sign } = name === selfKey ? this.#identity : await this.#named.open(name)
    return { name, publicKey, sign }
  }

  async list(): Promise<KeyOfName[]> {
    const named = (await this.#named.list()).map(({ name, peerId }) => ({
      key: name,
      ...(peerId !== undefined && { name: nameOfKey(publicKeyOf(peerId)) }),
    }))
    return [{ key: selfKey, name: nameOfKey(this.#identity.publicKey) }, ...named]
  }

  async create(key: string): Promise<KeyOfName> {
    return { key, name: nameOfKey((await this.#named.create(key)).publicKey) }
  }

  async remove(key: string): Promise<KeyOfName> {
    const found = (await this.list()).find(one => one.key === key)
    if (key === selfKey)
      throw new PeerageError('usage.invalid', 'That is the key of this peer; it is not deleted.')
    await this.#named.remove(key)
    return found ?? { key }
  }
}

interface HostParts {
  readonly ipfs: IpfsNetwork | undefined
  readonly keys: OwnKeys
  readonly files: Pick<Files, 'find'>
  readonly blocks: Store['blocks']
}

/** What the service of names sees of networks, keys and contents. */
export function namesHost({ ipfs, keys, files, blocks }: HostParts): NamesHost {
  const titleOfHash = (hash: string): string | undefined => {
    try {
      return files.find(hash).record.name || undefined
    } catch (error) {
      if (error instanceof PeerageError) return undefined
      throw error
    }
  }
  return {
    keys,
    names() {
      if (ipfs === undefined)
        throw new PeerageError(
          'network.unreachable',
          'There is no IPFS network here: it is switched off (`ipfs.enabled`), or this peer is offline.',
        )
      ipfs.start()
      return ipfs.names
    },
    own: () => ipfs?.names.own() ?? [],
    forget: name => ipfs?.names.forget(name),
    contentOf(text) {
      const { infoHash } = files.find(text)
      const cid = blocks.dagOf(toHex(infoHash))
      return { infoHash, ...(cid && { cid: String(cid) }) }
    },
    titleOf: ({ infoHash }) => (infoHash === undefined ? undefined : titleOfHash(toHex(infoHash))),
  }
}
