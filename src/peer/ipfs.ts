import { CID } from 'multiformats/cid'
import type { Access } from '../access/index.ts'
import { equalBytes, type TokenBucket, type World } from '../base/index.ts'
import {
  type BitswapConfig,
  Denylists,
  type FoundBlock,
  type IpfsConfig,
  type IpfsNamesConfig,
  IpfsNetwork,
  type IpfsRoutingConfig,
  ipfsRoutingConfig,
  type NameKeys,
  type Pointers,
  type SessionConfig,
} from '../ipfs/index.ts'
import type { Network } from '../network/index.ts'
import type { FilesHost } from '../services/files/index.ts'
import type { IpfsHost } from '../services/ipfs/index.ts'
import type { IpfsFacts } from '../services/reach/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'
import { isPublic } from './gateway.ts'

interface IpfsParts {
  readonly config: Config
  readonly network: Network
  readonly store: Store
  readonly access: Access
  readonly denylists: Denylists
  readonly world: World
  /** The limits of all that this peer sends and fetches. */
  readonly upload: TokenBucket
  readonly download: TokenBucket
  readonly nameKeys: NameKeys
  readonly pointers: Pointers
  /** Whether a content (its info hash in hexadecimal) is given to those who may have it now. */
  serves(infoHash: string): boolean
  /** A contact, or somebody in a circle of ours. */
  isKnown(peer: string): boolean
}

/** The public IPFS network, unless it is off. It does nothing until somebody needs it. */
export function ipfsOf(parts: IpfsParts): IpfsNetwork | undefined {
  const { config, network, store, world, access, nameKeys, pointers } = parts
  const settings = config.section<IpfsConfig>('ipfs')
  if (!settings.enabled) return undefined
  const resource = 'service:ipfs'
  access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  const ipfs = new IpfsNetwork({
    world,
    network,
    config: settings,
    routing: routingOf(
      config.section<IpfsRoutingConfig>('ipfsRouting'),
      network.privateNetwork !== undefined,
    ),
    names: config.section<IpfsNamesConfig>('ipfsNames'),
    state: store.state,
    nameKeys,
    pointers,
    mayAsk: peer => access.check({ subject: { peer }, action: 'use', resource }).allowed,
    bitswap: config.section<BitswapConfig>('bitswap'),
    session: config.section<SessionConfig>('ipfsSession'),
    upload: parts.upload,
    download: parts.download,
    blocks: store.blocks,
    denylists: parts.denylists,
    isKnown: peer => parts.isKnown(peer),
    peers: () => config.section<IpfsConfig>('ipfs').peers,
    isPublic: cid => isPublic(access, store.blocks, cid),
    mayServe: (peer, block) => mayServe(parts, peer, block),
  })
  config.onChange('ipfs.peers', { apply: () => ipfs.begin() })
  ipfs.begin()
  return ipfs
}

/** With a key of a private network the peers by which others enter the public one cannot be talked to: nothing is sent there. */
export function routingOf(settings: IpfsRoutingConfig, isPrivate: boolean): IpfsRoutingConfig {
  if (!isPrivate) return settings
  const usual = new Set(ipfsRoutingConfig.parse({}).bootstrap)
  return { ...settings, bootstrap: settings.bootstrap.filter(address => !usual.has(address)) }
}

/**
 * A peer gets a block of every content that it may read, and what came from the public network by whoever asked for it. Where there is
 * a limit on how much or how often, it gets the content in a swarm, which counts.
 */
export function mayServe(
  { access, serves }: Pick<IpfsParts, 'access' | 'serves'>,
  peer: string,
  block: Pick<FoundBlock, 'isPublic' | 'contents'>,
): boolean {
  const mayRead = (infoHash: string): boolean => {
    if (!serves(infoHash)) return false
    const resource = `content:${infoHash}`
    const { allowed, allowance } = access.check({ subject: { peer }, action: 'read', resource })
    return allowed && allowance === undefined
  }
  return block.isPublic || block.contents.some(mayRead)
}

/** The network as shares see it: a root that one of them gives up may be announced for another reason. */
export function ipfsPort(ipfs: IpfsNetwork, remove: (root: CID) => void): NonNullable<FilesHost['ipfs']> {
  return {
    names: ipfs.names,
    session: (...named) => ipfs.session(...named),
    join: (...named) => ipfs.join(...named),
    provide: root => ipfs.provide(root),
    announce: root => ipfs.announce(root),
    withdraw: root => remove(CID.parse(root)),
  }
}

/** The denylists that are configured; what they deny is known when it resolves. They hold though the network is off: for archives, pins and the gateway. */
export async function denylistsOf(config: Config, events: EventStream, world: World): Promise<Denylists> {
  const { denylists: paths, maxDenylistBytes, maxDenylistRules } = config.section<IpfsConfig>('ipfs')
  const denylists = new Denylists({
    world,
    maxBytes: maxDenylistBytes,
    maxRules: maxDenylistRules,
    failed: ({ code, message }) => events.emit({ type: 'error.occurred', code, message }),
  })
  config.onChange('ipfs.denylists', {
    verify: value => denylists.verify(value as string[]),
    apply: value => denylists.use(value as string[]),
  })
  await denylists.use(paths)
  return denylists
}

interface IpfsHostParts {
  readonly world: World
  readonly ipfs: IpfsNetwork | undefined
  readonly config: Config
  readonly store: Store
  readonly access: Access
  readonly denylists: Denylists
  /** Undefined: this peer is offline. */
  readonly network: Network | undefined
}

/** What the IPFS service sees. */
export function ipfsHost({
  world,
  ipfs,
  config,
  store,
  access,
  denylists,
  network,
}: IpfsHostParts): IpfsHost {
  const off =
    network === undefined
      ? 'This peer is offline.'
      : 'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.'
  const { maxListedEntries } = config.section<IpfsConfig>('ipfs')
  const { blocks } = store
  return {
    world,
    ipfs,
    denylists,
    maxListedEntries,
    off: ipfs === undefined ? off : undefined,
    blocks,
    contentsOf: cid =>
      blocks.contentsOf(cid).map(infoHash => ({ infoHash, name: store.get(infoHash)?.name ?? '' })),
    isPinned: cid => blocks.pins().some(({ root }) => equalBytes(root.multihash.bytes, cid.multihash.bytes)),
    isPublic: cid => isPublic(access, blocks, cid),
    addressesOf: peer => network?.knownAddresses(peer) ?? [],
    isConnected: peer => network?.connections().some(one => one.peer === peer) === true,
  }
}

/** How it is doing, for the doctor: undefined while nobody needs it, and where its DHT is off. */
export function ipfsFacts(ipfs: IpfsNetwork | undefined): IpfsFacts | undefined {
  if (ipfs?.isStarted !== true) return undefined
  const { dht, providing, provided } = ipfs.routing.status
  return dht && { nodes: dht.nodes, roots: providing, announced: provided }
}
