import { userInfo } from 'node:os'
import {
  type Access,
  befriend,
  type Circles,
  type Contacts,
  contentResource,
  type Invites,
  withRule,
} from '../access/index.ts'
import { fromHex, PeerageError, type World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import type { Files } from '../services/files/index.ts'
import type { CirclesPort, FilesPort, InvitesConfig, InvitesHost } from '../services/invites/index.ts'
import { titleOf } from './access-host.ts'
import type { EventStream } from './events.ts'
import type { Guests } from './guests.ts'

export interface InvitesHostParts {
  readonly self: string
  readonly world: World
  readonly network: Network | undefined
  readonly access: Access
  readonly contacts: Contacts
  readonly circles?: Circles | undefined
  readonly files: Files
  readonly invites: Invites
  readonly guests: Guests
  config(): InvitesConfig
  readonly events: EventStream
}

/** Joins invites with contacts, circles and files, which know nothing of one another. */
export function invitesHost(parts: InvitesHostParts): InvitesHost {
  const { self, world, network, access, contacts, circles, files, invites, guests } = parts
  return {
    self,
    world,
    network,
    access,
    invites,
    get config() {
      return parts.config()
    },
    get ownName() {
      return (parts.config().name || accountName()).slice(0, 64)
    },
    files: filesPort(files, access, parts.events),
    circles: circles && circlesPort(circles),
    befriend: who => befriend(contacts, who),
    nameOf: peer => contacts.get(peer)?.name,
    isKnown: peer => {
      const contact = contacts.get(peer)
      return (
        (contact !== undefined && contact.trust !== 'blocked') || (circles?.circlesOf(peer).size ?? 0) > 0
      )
    },
    expect: () => guests.expect(),
    emit: event => parts.events.emit(event),
  }
}

/** What the system calls whoever runs this. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

function filesPort(files: Files, access: Access, events: EventStream): FilesPort {
  return {
    async *offer(path, signal) {
      const before = new Set(files.list().map(({ infoHash }) => infoHash))
      for await (const update of files.share({ path, who: [], keepPolicy: true }, signal)) {
        if (update.phase === 'shared')
          return { infoHash: update.infoHash, isNew: !before.has(update.infoHash) }
        const { bytes, totalBytes } = update
        yield { state: 'hashing', name: path.replace(/^.*[/\\](?=.)/, ''), bytes, totalBytes }
      }
      throw new PeerageError('internal.bug', 'It was read and not offered.')
    },
    find: content => files.find(content).id,
    describe(infoHash) {
      const { name, totalBytes, files: count } = files.show(infoHash)
      return { name, bytes: totalBytes, files: count }
    },
    titleOf: infoHash => titleOf(files, infoHash),
    allow(infoHash, peer) {
      const resource = contentResource(fromHex(infoHash))
      const rule = { subject: `peer:${peer}`, effect: 'allow', actions: ['list', 'read', 'serve'] } as const
      access.setPolicy(resource, withRule(access.policy(resource), rule))
      return files.show(infoHash).link
    },
    isWith: (infoHash, peer) => files.peers(infoHash).some(row => row.peer === peer),
    onFetched(infoHash, peer, listener) {
      const unlisten = events.listen(event => {
        if (event.type === 'peer.completed' && event.peer === peer && event.infoHash === infoHash) listener()
      })
      if (files.peers(infoHash).some(row => row.peer === peer && row.progress === 1)) listener()
      return unlisten
    },
    async unshare(infoHash) {
      await files.remove(infoHash, false)
    },
    async *fetch(link, into, signal) {
      for await (const { state, name, bytes, totalBytes, path } of files.get({ link, into }, signal))
        yield { state, name, bytes, totalBytes, path }
    },
  }
}

function circlesPort(circles: Circles): CirclesPort {
  return {
    invitable(text) {
      const { id, name, role } = circles.find(text)
      if (role !== 'admin') throw new PeerageError('circle.denied', 'Only an admin of the circle may invite.')
      return { id, name }
    },
    titleOf: id => circles.get(id)?.name,
    admit(circle, peer, role) {
      circles.change(circle, { roles: { [peer]: role } })
      return circles.statements(circle, circles.ids(circle))
    },
    async join(circle, statements) {
      const { refused } = await circles.receive(statements)
      const joined = circles.get(circle)
      if (joined?.role === undefined)
        throw (
          refused[0] ?? new PeerageError('statement.invalid', 'The roster of the circle does not name you.')
        )
      return { id: joined.id, name: joined.name }
    },
  }
}
