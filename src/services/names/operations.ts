import { PeerageError, toHex, type ValueOperation, z } from '../../base/index.ts'
import { type Link, looksLikeIpfs, type NameTarget, parseLink } from '../../content/index.ts'
import type { KeyOfName, NamesHost } from './host.ts'

/** What a name points at, in the words of each network. */
interface Place {
  /** `/ipfs/CID/...` */
  readonly path?: string
  /** In hexadecimal. */
  readonly infoHash?: string
  /** What it is called here. */
  readonly title?: string
}

/** A name that was published just now. */
export interface PublishedName extends Place {
  readonly name: string
  /** Decimal; it may be larger than a JavaScript number. */
  readonly sequence: string
  readonly validUntil: number
  /** Who took it: peers and servers of the IPFS network, nodes of the Mainline DHT. */
  readonly peers: number
  readonly servers: number
  readonly nodes: number
}

export interface ResolvedName extends Place {
  /** The name that was asked for, and those that it led over. */
  readonly names: readonly string[]
  readonly sequence?: string
  readonly validUntil: number
}

/** A key of this peer, and what its name points at, if it does. */
export interface NameRow extends Place {
  readonly key: string
  readonly name?: string
  readonly sequence?: string
  readonly validUntil?: number
  /** When others took it last; absent while nobody did. */
  readonly putAt?: number
}

const keyField = z.string().max(64).describe('How the key is called: small letters, digits, - and _')

const publish: ValueOperation<NamesHost, { what: string; key?: string | undefined }, PublishedName> = {
  summary: 'Let a name of yours point at content, for IPFS and for BitTorrent',
  input: z.object({
    what: z
      .string()
      .min(1)
      .max(2_048)
      .describe('Content that is here, a CID, an info hash link, or another name'),
    key: keyField.optional().describe('The key whose name it is; your peer id when left out'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'name publish', positional: ['what'], example: 'peerage name publish Site --key blog' },
  async run(host, { what, key }, { signal }) {
    const target = targetOf(host, what)
    const published = await host.names().publish(target, { key, signal })
    const { name, sequence, validUntil, peers, servers, nodes } = published
    return { name, sequence: `${sequence}`, validUntil, peers, servers, nodes, ...placeOf(host, target) }
  },
}

const resolve: ValueOperation<NamesHost, { name: string }, ResolvedName> = {
  summary: 'Tell what a name points at now: one of a key (IPNS) or a domain (DNSLink)',
  input: z.object({
    name: z
      .string()
      .min(1)
      .max(1_024)
      .describe('k51..., a peer id, /ipns/NAME or a domain; a path may follow'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'name resolve', positional: ['name'], example: 'peerage name resolve docs.ipfs.tech' },
  async run(host, { name }, { signal }) {
    const { names, sequence, validUntil, ...target } = await host.names().resolve(name, signal)
    return {
      names,
      validUntil,
      ...(sequence !== undefined && { sequence: `${sequence}` }),
      ...placeOf(host, target),
    }
  },
}

const list: ValueOperation<NamesHost, Record<never, never>, NameRow[]> = {
  summary: 'List your names and what they point at',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'name list', example: 'peerage name list' },
  async run(host) {
    const own = new Map(host.own().map(one => [one.name, one]))
    return (await host.keys.list()).map(({ key, name }) => {
      const said = name === undefined ? undefined : own.get(name)
      if (said === undefined) return { key, ...(name !== undefined && { name }) }
      const { sequence, validUntil, putAt } = said
      return {
        key,
        name: said.name,
        sequence: `${sequence}`,
        validUntil,
        ...(putAt > 0 && { putAt }),
        ...placeOf(host, said),
      }
    })
  },
}

const keys: ValueOperation<NamesHost, Record<never, never>, KeyOfName[]> = {
  summary: 'List the keys that names of yours are made of',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'name key list', example: 'peerage name key list' },
  run: async host => [...(await host.keys.list())],
}

const createKey: ValueOperation<NamesHost, { key: string }, KeyOfName> = {
  summary: 'Make a key, which is a name beside your peer id',
  input: z.object({ key: keyField }),
  action: 'write',
  kind: 'value',
  command: { words: 'name key create', positional: ['key'], example: 'peerage name key create blog' },
  run: (host, { key }) => host.keys.create(key),
}

const removeKey: ValueOperation<NamesHost, { key: string }, KeyOfName> = {
  summary: 'Delete a key for ever: nobody can publish under its name again',
  input: z.object({ key: keyField }),
  action: 'write',
  kind: 'value',
  command: { words: 'name key remove', positional: ['key'], example: 'peerage name key remove blog' },
  async run(host, { key }) {
    const removed = await host.keys.remove(key)
    if (removed.name !== undefined) host.forget(removed.name)
    return removed
  },
}

/** What a user's text names: a path of IPFS, a link with an info hash, or a content that is here. Throws `content.unknown`, `link.invalid`. */
function targetOf(host: NamesHost, text: string): NameTarget {
  if (/^(?:magnet|peerage):/i.test(text)) return linkTarget(text)
  if (looksLikeIpfs(text)) return { path: pathOf(parseLink(text)) }
  const { infoHash, cid } = host.contentOf(text)
  return { infoHash, ...(cid !== undefined && { path: `/ipfs/${cid}` }) }
}

/** As it stands in a record: without the codes that a URL has for some characters. */
function pathOf({ kind, cid, ipnsName, path = [] }: Link): string {
  return `/${kind}/${[cid ?? ipnsName, ...path].join('/')}`
}

function linkTarget(text: string): NameTarget {
  const { infoHash, infoHashV1, cid, secret } = parseLink(text)
  if (secret !== undefined)
    throw new PeerageError('usage.invalid', 'A name is public, and that link has a secret in it.')
  const hash = infoHash ?? infoHashV1
  return { ...(hash && { infoHash: hash }), ...(cid !== undefined && { path: `/ipfs/${cid}` }) }
}

function placeOf(host: NamesHost, { path, infoHash }: NameTarget): Place {
  const title = host.titleOf({ ...(path !== undefined && { path }), ...(infoHash && { infoHash }) })
  return {
    ...(path !== undefined && { path }),
    ...(infoHash && { infoHash: toHex(infoHash) }),
    ...(title !== undefined && { title }),
  }
}

/** What a user can ask of names. */
export const namesOperations: Readonly<{
  publish: typeof publish
  resolve: typeof resolve
  list: typeof list
  keys: typeof keys
  createKey: typeof createKey
  removeKey: typeof removeKey
}> = { publish, resolve, list, keys, createKey, removeKey }
