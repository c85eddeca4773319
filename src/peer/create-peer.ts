import {
  Access,
  type AccessConfig,
  AuditLog,
  Bans,
  Grants,
  Invites,
  type LoadedIdentity,
  loadIdentity,
  SwarmGate,
} from '../access/index.ts'
import { PeerageError, type RunningService, systemWorld, TokenBucket, type World, z } from '../base/index.ts'
import {
  BitTorrent,
  type BitTorrentConfig,
  type DhtConfig,
  IpFilter,
  type LsdConfig,
  type TrackersConfig,
  type UtpConfig,
  type WebSeedsConfig,
} from '../bittorrent/index.ts'
import {
  type ConnectionInfo,
  createNetwork,
  type Endpoint,
  type Network,
  type NetworkConfig,
} from '../network/index.ts'
import { accessOperations, startAccess } from '../services/access/index.ts'
import { circlesOperations, startCircles } from '../services/circles/index.ts'
import { contactsOperations, startContacts } from '../services/contacts/index.ts'
import { dhtOperations, startDht } from '../services/dht/index.ts'
import {
  type Files,
  type FilesConfig,
  filesOperations,
  queueKeys,
  startFiles,
} from '../services/files/index.ts'
import { type GossipConfig, startGossip } from '../services/gossip/index.ts'
import { grantsOperations, startGrants } from '../services/grants/index.ts'
import { identityOperations, startIdentity } from '../services/identity/index.ts'
import { type InvitesConfig, invitesOperations, startInvites } from '../services/invites/index.ts'
import { type ReachConfig, reachOperations, startReach } from '../services/reach/index.ts'
import {
  startTracker,
  type TrackerConfig,
  type TrackerService,
  trackerOperations,
} from '../services/tracker/index.ts'
import { openStore, type Store, type StoreConfig } from '../store/index.ts'
import type { SwarmConfig } from '../swarm/index.ts'
import { accessHost } from './access-host.ts'
import {
  acquaintancesOf,
  followContacts,
  personOf,
  rotateKey,
  takeOverContents,
  tellKeys,
} from './acquaintances.ts'
import { Blocked } from './blocked.ts'
import { Config } from './config.ts'
import { dhtHost } from './dht-host.ts'
import { EventStream } from './events.ts'
import { connectedFellows } from './fellows.ts'
import { gossipHost } from './gossip-host.ts'
import { grantsHost } from './grants-host.ts'
import { Guests } from './guests.ts'
import { invitesHost } from './invites-host.ts'
import { type MethodsOf, methodsOf } from './methods.ts'
import { OwnersMet } from './owners-met.ts'
import { type AccessCheck, OperationRegistry } from './registry.ts'
import { peerSections } from './sections.ts'

export interface PeerOptions {
  /** The folder that holds everything of this peer but the files themselves; created when missing. */
  readonly home: string
  /** Loaded from the home when left out. */
  readonly config?: Config
  /** Configuration values by key (`network.port`) that win over the home's; only without `config`. */
  readonly set?: Readonly<Record<string, unknown>>
  readonly world?: World
  /** Without any network: only what is in the store. */
  readonly offline?: boolean
  /** Of the identity key, when it has one. */
  readonly passphrase?: string
  /** `memory`: peers of the same process reach each other without sockets; for tests. */
  readonly transports?: 'tcp' | 'memory'
}

/** A running peer: the whole program as a library. */
export interface Peer {
  readonly peerId: string
  readonly config: Config
  readonly events: EventStream
  readonly services: readonly RunningService[]
  readonly check: AccessCheck
  /** The operations of the files service, typed: `peer.files.share({ path, who })`. */
  readonly files: MethodsOf<typeof filesOperations>
  /** Who may do what, and who did: `peer.access.allow({ who, action, resource })`. */
  readonly access: MethodsOf<typeof accessOperations>
  /** Those of the DHT: `peer.dht.get({ what })`. */
  readonly dht: MethodsOf<typeof dhtOperations>
  /** Those of the invites service: `peer.invites.send({ paths })`. */
  readonly invites: MethodsOf<typeof invitesOperations>
  /** Those of the reach service: `peer.reach.ban({ whom })`. */
  readonly reach: MethodsOf<typeof reachOperations>
  /** Groups of people: `peer.circles.add({ circle, who })`. */
  readonly circles: MethodsOf<typeof circlesOperations>
  /** The people that the user knows: `peer.contacts.add({ peer, name })`. */
  readonly contacts: MethodsOf<typeof contactsOperations>
  /** Who this peer is, and the user's devices: `peer.identity.devices()`. */
  readonly identity: MethodsOf<typeof identityOperations>
  /** Permissions in writing: `peer.grants.give({ who, actions, resource })`. */
  readonly grants: MethodsOf<typeof grantsOperations>
  /** The tracker that this peer is for others: `peer.tracker.start()`. */
  readonly tracker: MethodsOf<typeof trackerOperations>
  /** Full multiaddrs, loopback last; none when offline. */
  addresses(): readonly string[]
  connections(): readonly ConnectionInfo[]
  stop(): Promise<void>
}

/** Kind and key under which the port of the last run is remembered. */
const lastPort = ['peer', 'port'] as const
/** Kind and key under which nodes of the DHT are remembered. */
const dhtNodes = ['peer', 'dht-nodes'] as const

/**
 * Starts a peer on a home. Throws `config.invalid`, `network.port-in-use`, what the identity key and the store throw; nothing is
 * left running then. One home belongs to one peer at a time: the daemon and the CLI see to that with a lock.
 */
export async function createPeer(options: PeerOptions): Promise<Peer> {
  const started: (() => Promise<void>)[] = []
  try {
    return await assemble(options, started)
  } catch (error) {
    for (const stop of started.reverse()) await stop()
    throw error
  }
}

async function assemble(options: PeerOptions, started: (() => Promise<void>)[]): Promise<Peer> {
  const { home, world = systemWorld, offline = false } = options
  const config =
    options.config ??
    (await Config.load({ home, sections: peerSections, ...(options.set && { flags: options.set }) }))
  const store = await openStore({
    home,
    world,
    config: config.section<StoreConfig>('store'),
    recoverLater: true,
  })
  started.push(() => store.close())
  const identity = await identityOf(options, world)
  const accessSettings = config.section<AccessConfig>('access')
  const events = new EventStream(world)
  const bans = new Bans(world, store.state, accessSettings.maxBans)
  const filter = await filterOf(config, events, world)
  started.push(async () => filter.stop())
  const known = acquaintancesOf({
    identity,
    world,
    state: store.state,
    config: accessSettings,
    owns: peer => owns(access, peer),
  })
  const invitesGiven = new Invites(world, store.state, accessSettings)
  const guests = new Guests(() => invitesGiven.list().some(({ ended }) => ended === undefined))
  const blocklist = new Blocked({
    self: identity.peerId,
    bans,
    filter,
    known,
    guests,
    onlyKnown: () => config.section<AccessConfig>('access').onlyKnown,
  })
  config.onChange('access.onlyKnown', { apply: blocklist.changed })
  tellKeys(known, identity, events)
  const network = offline
    ? undefined
    : await networkOf(options, { config, identity, store, world, blocklist })
  if (network !== undefined) started.push(() => network.stop())
  if (network !== undefined) followContacts(known, network)
  const access: Access = new Access({
    self: identity.peerId,
    world,
    state: store.state,
    config: accessSettings,
    standing: known.standing,
  })
  started.push(async () => access.close())
  takeOverContents(known, identity, access)
  const audit = new AuditLog({ home, world, config: accessSettings, state: store.state })
  started.push(() => audit.close())
  const grants = new Grants({ access, identity, state: store.state, config: accessSettings, ...known })
  started.push(async () => grants.close())
  const publicNetwork = network && bitTorrentOf(config, network, store, world)
  if (publicNetwork !== undefined) started.push(() => stopBitTorrent(publicNetwork, store))
  await store.recovered
  const tracker = trackerOf(config, network, publicNetwork, events, world)
  started.push(() => tracker.stop())
  const ownersMet = new OwnersMet()
  const files = startFiles({
    world,
    store,
    network,
    publicNetwork,
    ownTrackers: () => tracker.state.status().urls,
    access,
    personOf: name => personOf(known, name),
    subjectOf: known.names.subjectOf,
    nameOf: known.names.subjectName,
    met: (peer, owner) => ownersMet.met(peer, owner),
    fellowsOf: owner => connectedFellows(known, network, owner),
    gate: new SwarmGate({ access, grants, world, config: accessSettings }),
    audit,
    get config() {
      return config.section<FilesConfig>('files')
    },
    swarmConfig: config.section<SwarmConfig>('swarm'),
    limits: sharedLimits(config, world),
    emit: event => events.emit(event),
  })
  started.push(() => files.stop())
  for (const key of queueKeys) config.onChange(`files.${key}`, { apply: () => files.state.reconsider() })
  config.onChange('files.addPaused', { apply: () => undefined })
  const reach = startReach({
    world,
    config: config.section<ReachConfig>('reach'),
    access,
    bans,
    filter,
    network,
    peerNamed: name => personOf(known, name)?.id,
    nameOf: known.names.nameOf,
    liars: () => files.state.liars(),
    pardon: name => files.state.pardon(name),
  })
  started.push(() => reach.stop())
  const gossip = startGossip(
    gossipHost({
      self: identity.peerId,
      known,
      access,
      world,
      network,
      config: config.section<GossipConfig>('gossip'),
      state: store.state,
      ownersMet,
      emit: event => events.emit(event),
    }),
  )
  started.push(() => gossip.stop())
  const invites = startInvites(
    invitesHost({
      self: identity.peerId,
      world,
      network,
      access,
      contacts: known.contacts,
      circles: known.circles,
      files: files.state,
      invites: invitesGiven,
      guests,
      config: () => config.section<InvitesConfig>('invites'),
      events,
    }),
  )
  started.push(() => invites.stop())
  tellNotices(events, store, identity)
  if (network !== undefined) tellNetwork(events, network)
  const dht = startDht(dhtHost(identity, publicNetwork))
  const { contacts, people, names } = known
  const contactsService = startContacts({
    self: identity.peerId,
    world,
    contacts,
    people,
    network,
    personOf: names.personOf,
  })
  const circlesService = startCircles({
    circles: known.circles,
    selves: known.selves,
    personOf: names.personOf,
    formerly: person => people.formerly(person),
    nameOf: names.nameOf,
    emit: event => events.emit(event),
  })
  started.push(() => circlesService.stop())
  const identityService = startIdentity({
    world,
    identity,
    locked: identity.locked,
    people,
    personOf: names.personOf,
    rotate: () => rotateKey(known, identity, { home, world, passphrase: passphraseOf(options) }),
  })
  const permissionsHost = accessHost({ access, audit, world, known, files: files.state })
  const permissions = startAccess(permissionsHost)
  return peerOf({
    identity,
    identityService,
    config,
    events,
    files,
    permissions,
    reach,
    dht,
    tracker,
    invites,
    contacts: contactsService,
    circles: circlesService,
    grants: startGrants(grantsHost(permissionsHost, grants)),
    network,
    access,
    started,
  })
}

interface Parts {
  readonly identity: LoadedIdentity
  readonly config: Config
  readonly events: EventStream
  readonly files: RunningService & { readonly state: Files }
  readonly permissions: RunningService
  readonly reach: RunningService
  readonly invites: RunningService
  readonly dht: RunningService
  readonly tracker: RunningService & { readonly state: TrackerService }
  readonly contacts: RunningService
  readonly circles: RunningService
  readonly identityService: RunningService
  readonly grants: RunningService
  readonly network: Network | undefined
  readonly access: Access
  readonly started: (() => Promise<void>)[]
}

function peerOf({
  identity,
  config,
  events,
  files,
  permissions,
  reach,
  invites,
  dht,
  tracker,
  contacts,
  circles,
  identityService,
  grants,
  network,
  access,
  started,
}: Parts): Peer {
  const check: AccessCheck = query => access.check(query)
  const registry = new OperationRegistry(check)
  registry.register(files)
  registry.register(permissions)
  registry.register(reach)
  registry.register(invites)
  registry.register(dht)
  registry.register(tracker)
  registry.register(contacts)
  registry.register(circles)
  registry.register(identityService)
  registry.register(grants)
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    for (const step of started.reverse()) await step()
    events.emit({ type: 'peer.stopped' })
    events.close()
  }
  return {
    peerId: identity.peerId,
    config,
    events,
    services: [files, permissions, reach, invites, dht, tracker, contacts, circles, grants, identityService],
    check,
    files: methodsOf(registry, 'files', filesOperations),
    access: methodsOf(registry, 'access', accessOperations),
    dht: methodsOf(registry, 'dht', dhtOperations),
    invites: methodsOf(registry, 'invites', invitesOperations),
    reach: methodsOf(registry, 'reach', reachOperations),
    identity: methodsOf(registry, 'identity', identityOperations),
    contacts: methodsOf(registry, 'contacts', contactsOperations),
    circles: methodsOf(registry, 'circles', circlesOperations),
    grants: methodsOf(registry, 'grants', grantsOperations),
    tracker: methodsOf(registry, 'tracker', trackerOperations),
    addresses: () => network?.addresses() ?? [],
    connections: () => network?.connections() ?? [],
    stop: () => (stopping ??= stop()),
  }
}

function owns(access: Access, peer: string): boolean {
  for (const resource of access.resources()) if (access.owner(resource) === peer) return true
  return false
}

function identityOf(options: PeerOptions, world: World): Promise<LoadedIdentity> {
  return loadIdentity(options.home, { world, passphrase: passphraseOf(options) })
}

function passphraseOf({ passphrase }: PeerOptions): string | undefined {
  const given = passphrase ?? process.env.PEERAGE_PASSPHRASE
  return given === '' ? undefined : given
}

function bitTorrentOf(config: Config, network: Network, store: Store, world: World): BitTorrent | undefined {
  const settings = config.section<BitTorrentConfig>('bittorrent')
  if (!settings.enabled) return undefined
  return new BitTorrent({
    world,
    network,
    config: settings,
    trackers: config.section<TrackersConfig>('trackers'),
    dht: config.section<DhtConfig>('dht'),
    lsd: config.section<LsdConfig>('lsd'),
    webSeeds: config.section<WebSeedsConfig>('webSeeds'),
    utp: config.section<UtpConfig>('utp'),
    nodes: keptNodes(store),
  })
}

function trackerOf(
  config: Config,
  network: Network | undefined,
  publicNetwork: BitTorrent | undefined,
  events: EventStream,
  world: World,
): Parts['tracker'] {
  const tracker = startTracker({
    world,
    network,
    config: config.section<TrackerConfig>('tracker'),
    isOwn: name => publicNetwork?.has(name) ?? false,
    async keepEnabled(enabled) {
      const { key, needsRestart } = await config.set('tracker.enabled', enabled)
      events.emit({ type: 'config.changed', key, needsRestart })
    },
  })
  config.onChange('tracker.enabled', { apply: value => tracker.state.enable(value as boolean) })
  return tracker
}

/** Nodes of the DHT are kept, so that the next run needs nobody to enter it by. */
async function stopBitTorrent(bitTorrent: BitTorrent, store: Store): Promise<void> {
  const { nodes } = bitTorrent
  await bitTorrent.stop()
  if (nodes.length > 0) store.state.put(...dhtNodes, nodes.slice(0, 64))
}

function keptNodes(store: Store): Endpoint[] {
  const parsed = z
    .array(z.object({ address: z.string().max(45), port: z.int().min(1).max(65_535) }))
    .max(64)
    .safeParse(store.state.get(...dhtNodes))
  return parsed.success ? parsed.data : []
}

interface NetworkParts {
  readonly config: Config
  readonly identity: LoadedIdentity
  readonly store: Store
  readonly world: World
  readonly blocklist: Blocked
}

/**
 * The list of addresses of `bittorrent.ipFilter`, read before anybody is talked to. One that cannot be read keeps nothing from
 * starting, and is told.
 */
async function filterOf(config: Config, events: EventStream, world: World): Promise<IpFilter> {
  const settings = config.section<BitTorrentConfig>('bittorrent')
  const filter = new IpFilter(world, settings)
  await filter.use(settings.ipFilter).catch(error => {
    if (!(error instanceof PeerageError)) throw error
    events.emit({ type: 'error.occurred', code: error.code, message: error.message })
  })
  config.onChange('bittorrent.ipFilter', {
    verify: path => filter.verify(path as string),
    apply: path => filter.use(path as string),
  })
  return filter
}

/** With port 0 the port of the last run is taken again if it is free, so that links stay good. */
async function networkOf(
  { transports }: PeerOptions,
  { config, identity, store, world, blocklist }: NetworkParts,
): Promise<Network> {
  const settings = config.section<NetworkConfig>('network')
  const make = (port: number): Promise<Network> =>
    createNetwork({
      identity,
      config: { ...settings, port },
      world,
      blocklist,
      ...(transports && { transports }),
    })
  const remembered = store.state.get(...lastPort)
  if (settings.port !== 0 || typeof remembered !== 'number') return keepPort(store, await make(settings.port))
  try {
    return await make(remembered)
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'network.port-in-use') throw error
    return keepPort(store, await make(0))
  }
}

function keepPort(store: Store, network: Network): Network {
  const port = /\/tcp\/(\d+)/.exec(network.addresses()[0] ?? '')?.[1]
  if (port !== undefined) store.state.put(...lastPort, Number(port))
  return network
}

/** Limits of the whole machine, which follow the configuration at once. */
function sharedLimits(config: Config, world: World): { upload: TokenBucket; download: TokenBucket } {
  const { uploadBytesPerSecond, downloadBytesPerSecond } = config.section<FilesConfig>('files')
  const upload = new TokenBucket(uploadBytesPerSecond, world.now())
  const download = new TokenBucket(downloadBytesPerSecond, world.now())
  const follow = (key: string, bucket: TokenBucket): void =>
    config.onChange(key, { apply: value => bucket.setLimit(value as number, world.now()) })
  follow('files.uploadBytesPerSecond', upload)
  follow('files.downloadBytesPerSecond', download)
  return { upload, download }
}

function tellNotices(events: EventStream, store: Store, identity: LoadedIdentity): void {
  for (const { code, message } of store.notices) events.emit({ type: 'error.occurred', code, message })
  for (const message of identity.warnings)
    events.emit({ type: 'error.occurred', code: 'identity.exposed', message })
}

function tellNetwork(events: EventStream, network: Network): void {
  network.on('peer-discovered', ({ peer, how }) => events.emit({ type: 'peer.discovered', peer, how }))
  network.on('peer-connected', ({ peer, path, address }) =>
    events.emit({ type: 'peer.connected', peer, path, address }),
  )
  network.on('peer-disconnected', ({ peer }) => events.emit({ type: 'peer.disconnected', peer }))
  network.on('addresses-changed', ({ addresses }) => events.emit({ type: 'addresses.changed', addresses }))
}
