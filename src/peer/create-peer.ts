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
import { systemWorld, type World } from '../base/index.ts'
import { type Network, type RelayConfig, relayConfig } from '../network/index.ts'
import { startAccess } from '../services/access/index.ts'
import { startCircles } from '../services/circles/index.ts'
import { startContacts } from '../services/contacts/index.ts'
import { startDht } from '../services/dht/index.ts'
import { type FilesConfig, queueKeys, startFiles } from '../services/files/index.ts'
import { type FoldersConfig, startFolders } from '../services/folders/index.ts'
import { type GossipConfig, startGossip } from '../services/gossip/index.ts'
import { startGrants } from '../services/grants/index.ts'
import { startIdentity } from '../services/identity/index.ts'
import { type InvitesConfig, startInvites } from '../services/invites/index.ts'
import { startIpfs } from '../services/ipfs/index.ts'
import { startLimits } from '../services/limits/index.ts'
import { startNames } from '../services/names/index.ts'
import { startPins } from '../services/pins/index.ts'
import { type ReachConfig, startReach } from '../services/reach/index.ts'
import { startSetup } from '../services/setup/index.ts'
import { openStore, type Store, type StoreConfig } from '../store/index.ts'
import type { SwarmConfig } from '../swarm/index.ts'
import { accessHost } from './access-host.ts'
import {
  type Acquaintances,
  acquaintancesOf,
  followContacts,
  personOf,
  rotateKey,
  takeOverContents,
  tellKeys,
} from './acquaintances.ts'
import { AnnouncedPins } from './announced-pins.ts'
import { Blocked } from './blocked.ts'
import { carOf } from './car.ts'
import { Config } from './config.ts'
import { meant } from './config-service.ts'
import { dhtHost } from './dht-host.ts'
import { discoveryOf } from './discovery-host.ts'
import { EventStream } from './events.ts'
import { circlesWith, connectedFellows, isFellow, standingOf } from './fellows.ts'
import { gatewayOf } from './gateway.ts'
import { gossipHost } from './gossip-host.ts'
import { grantsHost } from './grants-host.ts'
import { Guests } from './guests.ts'
import { accountName, invitesHost } from './invites-host.ts'
import { denylistsOf, ipfsFacts, ipfsHost, ipfsOf, ipfsPort } from './ipfs.ts'
import { Kademlia } from './kademlia.ts'
import { KeptItems } from './kept-items.ts'
import { limitKeys, limitsHost } from './limits-host.ts'
import { type MainlineConfig, MainlineRecords } from './mainline.ts'
import { mainlineNames } from './mainline-names.ts'
import { namesHost, OwnKeys } from './names-host.ts'
import { networkOf } from './network-of.ts'
import { OwnersMet } from './owners-met.ts'
import { type Peer, peerOf } from './peer.ts'
import { pinsHost } from './pins-host.ts'
import { bitTorrentOf, filterOf, stopBitTorrent, trackerOf } from './public-network.ts'
import { peerSections } from './sections.ts'
import { setupHost } from './setup-host.ts'

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
  store.warmUp()
  const identity = await identityOf(options, world)
  const accessSettings = config.section<AccessConfig>('access')
  const events = new EventStream(world)
  const bans = new Bans(world, store.state, accessSettings.maxBans)
  const readingDenylists = denylistsOf(config, events, world)
  started.push(async () => (await readingDenylists).stop())
  const filter = await filterOf(config, events, world)
  started.push(async () => filter.stop())
  const known = acquaintancesOf({
    identity,
    world,
    state: store.state,
    config: accessSettings,
    owns: peer => access.isOwner(peer),
  })
  started.push(() => known.circles.close())
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
    : await networkOf({
        transports: options.transports,
        config,
        identity,
        store,
        world,
        blocklist,
        isKnown: peer => isFellow(known, identity.peerId, peer),
      })
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
  const kademlia = network && new Kademlia({ config, network, store, access, known, world })
  if (kademlia !== undefined) started.push(async () => kademlia.stop())
  const audit = new AuditLog({ home, world, config: accessSettings, state: store.state })
  started.push(() => audit.close())
  const grants = new Grants({ access, identity, state: store.state, config: accessSettings, ...known })
  started.push(async () => grants.close())
  const publicNetwork = network && bitTorrentOf(config, network, store, world)
  if (publicNetwork !== undefined) started.push(() => stopBitTorrent(publicNetwork, store))
  if (network !== undefined && publicNetwork !== undefined) {
    const mainline = new MainlineRecords({
      world,
      identity,
      config: config.section<MainlineConfig>('mainline'),
      isPrivate: network.privateNetwork !== undefined,
      addresses: () => network.addresses(),
      dht: open => (open ? publicNetwork.openDht() : publicNetwork.dht),
    })
    network.addDiscovery(mainline.discovery())
    mainline.start()
    started.push(async () => mainline.stop())
  }
  await store.recovered
  const keptItems = new KeptItems(world, () => publicNetwork?.dht)
  started.push(async () => keptItems.stop())
  const nameKeys = new OwnKeys({ home, world, identity, passphrase: passphraseOf(options) })
  const limits = startLimits(limitsHost(config, events, world))
  started.push(() => limits.stop())
  for (const key of limitKeys) config.onChange(key, { apply: () => limits.state.apply() })
  const denylists = await readingDenylists
  const ipfs =
    network &&
    ipfsOf({
      config,
      upload: limits.state.upload,
      download: limits.state.download,
      network,
      store,
      access,
      denylists,
      world,
      nameKeys,
      pointers: mainlineNames(publicNetwork, keptItems),
      serves: hash => files.state.serves(hash),
      isKnown: peer => isFellow(known, identity.peerId, peer),
    })
  if (ipfs !== undefined) started.push(() => ipfs.stop())
  const tracker = trackerOf(config, network, publicNetwork, world)
  started.push(() => tracker.stop())
  const ownersMet = new OwnersMet()
  const files = startFiles({
    world,
    store,
    network,
    publicNetwork,
    ipfs: ipfs && ipfsPort(ipfs, root => announced.remove(root)),
    denylists,
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
    limits: limits.state,
    emit: event => events.emit(event),
  })
  started.push(() => files.stop())
  const announced = new AnnouncedPins({ world, store, access, ipfs, denylists, files: files.state, events })
  announced.begin()
  started.push(async () => announced.stop())
  for (const key of queueKeys) config.onChange(`files.${key}`, { apply: () => files.state.reconsider() })
  // Read when they are needed.
  for (const key of ['files.addPaused', 'files.downloads', 'invites.name'])
    config.onChange(key, { apply: () => undefined })
  const discovery = discoveryOf({ self: identity.peerId, world, config, network, known, access })
  started.push(() => discovery.stop())
  const reach = startReach({
    world,
    config: config.section<ReachConfig>('reach'),
    access,
    bans,
    filter,
    network,
    value: key => config.entry(key).value,
    change: async (key, value) => await config.set(key, value),
    meant: (key, given) => meant(config.entry(key).value, given),
    exchanging: () => files.state.peers(undefined),
    peerNamed: name => personOf(known, name)?.id,
    peersNamed: name => known.people.keysOf(known.names.personOf(name)),
    dhtNodes: () => publicNetwork?.dht?.size,
    ipfs: () => ipfsFacts(ipfs),
    kademlia: () => kademlia?.status,
    nameOf: known.names.nameOf,
    relayFor: () => config.section<RelayConfig>('relay').relayFor,
    standingOf: peer => standingOf(known, identity.peerId, peer),
    liars: () => files.state.liars(),
    pardon: name => files.state.pardon(name),
  })
  started.push(() => reach.stop())
  if (network !== undefined) followRelays(config, network, known)
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
  const dht = startDht(dhtHost(identity, publicNetwork, keptItems, config))
  const gateway = gatewayOf({ config, store, access, denylists, files: files.state, events, world, ipfs })
  started.push(() => gateway.stop())
  const namesService = startNames(
    namesHost({ ipfs, keys: nameKeys, files: files.state, blocks: store.blocks }),
  )
  const { contacts, people, names } = known
  const contactsService = startContacts({
    self: identity.peerId,
    world,
    contacts,
    people,
    network,
    personOf: names.personOf,
    circlesWith: person =>
      [...circlesWith(known, person)]
        .flatMap(id => known.circles.get(id) ?? [])
        .map(({ id, name }) => ({ id, name })),
    emit: event => events.emit(event),
  })
  started.push(() => contactsService.stop())
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
    emit: event => events.emit(event),
  })
  started.push(() => identityService.stop())
  const permissionsHost = accessHost({ access, audit, world, known, files: files.state, events })
  const permissions = startAccess(permissionsHost)
  started.push(() => permissions.stop())
  const grantsService = startGrants(grantsHost(permissionsHost, grants))
  return peerOf({
    peerId: identity.peerId,
    config,
    events,
    services: [
      files,
      startFolders({
        config: config.section<FoldersConfig>('folders'),
        downloads: () => config.section<FilesConfig>('files').downloads,
      }),
      startSetup(
        setupHost({ config, events, store, files: files.state, contacts, accountName: accountName() }),
      ),
      startPins(pinsHost({ world, store, ipfs, denylists, announced })),
      permissions,
      reach,
      limits,
      discovery,
      invites,
      dht,
      namesService,
      startIpfs(ipfsHost({ world, ipfs, config, store, access, denylists, network })),
      tracker,
      gateway,
      carOf({ world, store, files: files.state, ipfs, denylists, announced }),
      contactsService,
      circlesService,
      grantsService,
      identityService,
    ],
    access,
    network,
    started,
  })
}

function identityOf(options: PeerOptions, world: World): Promise<LoadedIdentity> {
  return loadIdentity(options.home, { world, passphrase: passphraseOf(options) })
}

function passphraseOf({ passphrase }: PeerOptions): string | undefined {
  const given = passphrase ?? process.env.PEERAGE_PASSPHRASE
  return given === '' ? undefined : given
}

/** What is configured about relays holds at once, and so does who is a contact, in which circle, or blocked. */
function followRelays(config: Config, network: Network, known: Acquaintances): void {
  const apply = (): Promise<void> => network.relay.configure(config.section<RelayConfig>('relay'))
  for (const key of Object.keys(relayConfig.parse({}))) config.onChange(`relay.${key}`, { apply })
  known.standing.onChanged(() => network.relay.check())
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
  network.on('egress-changed', ({ state: { isUp, problem } }) =>
    events.emit({ type: 'egress.changed', isUp, ...(problem !== undefined && { problem }) }),
  )
  network.on('udp-changed', ({ state: { isUp, problem } }) =>
    events.emit({ type: 'udp.changed', isUp, ...(problem !== undefined && { problem }) }),
  )
  network.on('addresses-changed', ({ addresses }) => events.emit({ type: 'addresses.changed', addresses }))
}
