import type { Access } from '../access/index.ts'
import type { RunningService } from '../base/index.ts'
import type { ConnectionInfo, Network } from '../network/index.ts'
import { accessOperations } from '../services/access/index.ts'
import { carOperations } from '../services/car/index.ts'
import { circlesOperations } from '../services/circles/index.ts'
import { contactsOperations } from '../services/contacts/index.ts'
import { dhtOperations } from '../services/dht/index.ts'
import { discoveryOperations } from '../services/discovery/index.ts'
import { filesOperations } from '../services/files/index.ts'
import { foldersOperations } from '../services/folders/index.ts'
import { type Gateway, type GatewayListener, gatewayOperations } from '../services/gateway/index.ts'
import { grantsOperations } from '../services/grants/index.ts'
import { identityOperations } from '../services/identity/index.ts'
import { invitesOperations } from '../services/invites/index.ts'
import { ipfsOperations } from '../services/ipfs/index.ts'
import { limitsOperations } from '../services/limits/index.ts'
import { namesOperations } from '../services/names/index.ts'
import { pinsOperations } from '../services/pins/index.ts'
import { reachOperations } from '../services/reach/index.ts'
import { setupOperations } from '../services/setup/index.ts'
import { trackerOperations } from '../services/tracker/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'
import { type MethodsOf, methodsOf } from './methods.ts'
import { type AccessCheck, OperationRegistry } from './registry.ts'

/** A running peer: the whole program as a library. */
export interface Peer {
  readonly peerId: string
  readonly config: Config
  readonly events: EventStream
  readonly services: readonly RunningService[]
  readonly check: AccessCheck
  /** The operations of the files service, typed: `peer.files.share({ path, who })`. */
  readonly files: MethodsOf<typeof filesOperations>
  /** Folders of this machine: `peer.folders.list({ path })`. */
  readonly folders: MethodsOf<typeof foldersOperations>
  /** What a new user is asked: `peer.setup.show()`. */
  readonly setup: MethodsOf<typeof setupOperations>
  /** Who may do what, and who did: `peer.access.allow({ who, action, resource })`. */
  readonly access: MethodsOf<typeof accessOperations>
  /** Those of the IPFS network: `peer.ipfs.ls({ link })`. */
  readonly ipfs: MethodsOf<typeof ipfsOperations>
  /** Those of the DHT: `peer.dht.get({ what })`. */
  readonly dht: MethodsOf<typeof dhtOperations>
  readonly names: MethodsOf<typeof namesOperations>
  /** Ways of finding peers: `peer.discovery.find({ who })`. */
  readonly discovery: MethodsOf<typeof discoveryOperations>
  /** Those of the invites service: `peer.invites.send({ paths })`. */
  readonly invites: MethodsOf<typeof invitesOperations>
  /** What of IPFS is kept: `peer.pins.pin({ cid })`. */
  readonly pins: MethodsOf<typeof pinsOperations>
  /** Those of the reach service: `peer.reach.ban({ whom })`. */
  readonly reach: MethodsOf<typeof reachOperations>
  /** How fast this peer is, and when: `peer.limits.mode({ mode: 'slow' })`. */
  readonly limits: MethodsOf<typeof limitsOperations>
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
  /** CAR archives: `peer.car.export({ what, path })`. */
  readonly car: MethodsOf<typeof carOperations>
  /** Content of IPFS over HTTP: `peer.gateway.url({ what })`. */
  readonly gateway: MethodsOf<typeof gatewayOperations>
  /** Lets the gateway listen; the daemon does. Throws `network.port-in-use`, `config.invalid`. */
  attachGateway(listener: GatewayListener): Promise<void>
  /** Full multiaddrs, loopback last; none when offline. */
  addresses(): readonly string[]
  connections(): readonly ConnectionInfo[]
  stop(): Promise<void>
}

export interface PeerParts {
  readonly peerId: string
  readonly config: Config
  readonly events: EventStream
  /** In the order in which they are told of. */
  readonly services: readonly RunningService[]
  readonly access: Access
  readonly network: Network | undefined
  /** What ends each part, in the order in which they began. */
  readonly started: (() => Promise<void>)[]
}

/** The face of a peer whose parts are running. */
export function peerOf({ peerId, config, events, services, access, network, started }: PeerParts): Peer {
  const check: AccessCheck = query => access.check(query)
  const registry = new OperationRegistry(check)
  for (const service of services) registry.register(service)
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    for (const step of started.reverse()) await step()
    events.emit({ type: 'peer.stopped' })
    events.close()
  }
  return {
    peerId,
    config,
    events,
    services,
    check,
    files: methodsOf(registry, 'files', filesOperations),
    folders: methodsOf(registry, 'folders', foldersOperations),
    setup: methodsOf(registry, 'setup', setupOperations),
    access: methodsOf(registry, 'access', accessOperations),
    ipfs: methodsOf(registry, 'ipfs', ipfsOperations),
    dht: methodsOf(registry, 'dht', dhtOperations),
    names: methodsOf(registry, 'names', namesOperations),
    discovery: methodsOf(registry, 'discovery', discoveryOperations),
    invites: methodsOf(registry, 'invites', invitesOperations),
    pins: methodsOf(registry, 'pins', pinsOperations),
    reach: methodsOf(registry, 'reach', reachOperations),
    limits: methodsOf(registry, 'limits', limitsOperations),
    identity: methodsOf(registry, 'identity', identityOperations),
    contacts: methodsOf(registry, 'contacts', contactsOperations),
    circles: methodsOf(registry, 'circles', circlesOperations),
    grants: methodsOf(registry, 'grants', grantsOperations),
    tracker: methodsOf(registry, 'tracker', trackerOperations),
    car: methodsOf(registry, 'car', carOperations),
    gateway: methodsOf(registry, 'gateway', gatewayOperations),
    attachGateway: async listener => {
      const state = services.find(({ name }) => name === 'gateway')?.state as Gateway | undefined
      await state?.attach(listener)
    },
    addresses: () => network?.addresses() ?? [],
    connections: () => network?.connections() ?? [],
    stop: () => (stopping ??= stop()),
  }
}
