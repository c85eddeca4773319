import { Access, befriend, Contacts, Invites, People } from '../../src/access/index.ts'
import { MemoryKeyValue } from '../../src/access/memory-key-value.ts'
import { PeerageError, systemWorld, type World } from '../../src/base/index.ts'
import { createNetwork, type Network } from '../../src/network/index.ts'
import { type InvitesConfig, invitesConfig } from '../../src/services/invites/config.ts'
import { FrameChannel } from '../../src/services/invites/frame-channel.ts'
import { Giver } from '../../src/services/invites/giver.ts'
import type { FilesPort, InvitesEvent, InvitesHost } from '../../src/services/invites/host.ts'
import { inviteProtocol } from '../../src/services/invites/protocols.ts'

/** Without files: whoever asks for one finds none. */
const noFiles: FilesPort = {
  offer: () => unknown(),
  find: () => unknown(),
  describe: () => unknown(),
  titleOf: () => undefined,
  allow: () => unknown(),
  isWith: () => false,
  onFetched: () => () => undefined,
  unshare: async () => undefined,
  fetch: () => unknown(),
}

function unknown(): never {
  throw new PeerageError('content.unknown')
}

/** One peer with invites and contacts, on a network in memory. For tests. */
export interface End {
  readonly network: Network
  readonly host: InvitesHost
  readonly giver: Giver
  readonly contacts: Contacts
  readonly events: InvitesEvent[]
}

/** Makes ends for a test, and stops them after it. */
export class Ends {
  readonly #networks: Network[] = []

  /** A network that anybody could have. */
  async network(): Promise<Network> {
    const identity = { seed: crypto.getRandomValues(new Uint8Array(32)) }
    const network = await createNetwork({
      identity,
      world: systemWorld,
      transports: 'memory',
      config: { mdns: false },
    })
    this.#networks.push(network)
    return network
  }

  /** A peer that gives invites out, and answers. */
  async start(set: Partial<InvitesConfig> = {}, world: World = systemWorld): Promise<End> {
    const network = await this.network()
    const state = new MemoryKeyValue()
    const people = new People({ state, max: 100 })
    const contacts = new Contacts({ world, state, people, max: 100 })
    const access = new Access({ self: network.peerId, world, state })
    access.setPolicy('service:invite', { subjects: ['everyone'], actions: ['use'] })
    const events: InvitesEvent[] = []
    const host: InvitesHost = {
      world,
      self: network.peerId,
      ownName: 'giver',
      access,
      invites: new Invites(world, state, { maxInvites: 32 }),
      config: { ...invitesConfig.parse({}), ...set },
      network,
      files: noFiles,
      befriend: who => befriend(contacts, who),
      nameOf: peer => contacts.get(peer)?.name,
      expect: () => () => undefined,
      isKnown: peer => contacts.get(peer) !== undefined,
      emit: event => events.push(event),
    }
    const giver = new Giver(host)
    network.handle(inviteProtocol, stream =>
      giver.answer(new FrameChannel(world, stream), { peer: stream.peer, isPassedOn: false }),
    )
    return { network, host, giver, contacts, events }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#networks.splice(0).map(network => network.stop()))
  }
}

/** Opens a channel from one network to another. */
export async function channelTo(
  from: Network,
  to: Network,
  protocol: string = inviteProtocol,
): Promise<FrameChannel> {
  return new FrameChannel(systemWorld, await from.open(to.addresses(), protocol))
}
