import {
  type Access,
  type AccessConfig,
  Circles,
  Contacts,
  type KeyValue,
  type LoadedIdentity,
  People,
  Revocations,
  type Rotated,
  rotateIdentity,
  type Standing,
  standingOf,
} from '../access/index.ts'
import { PeerageError, type World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import type { Person } from '../services/files/index.ts'
import type { EventStream } from './events.ts'
import { type Names, namesOf } from './names.ts'

/** Everything that is known of other peers on this machine. */
export interface Acquaintances {
  readonly people: People
  readonly contacts: Contacts
  readonly circles: Circles
  readonly revocations: Revocations
  readonly standing: Standing
  readonly names: Names
  /** PeerIds by which others may name the user of this machine. */
  selves(): readonly string[]
}

interface AcquaintancesParts {
  readonly identity: LoadedIdentity
  readonly world: World
  readonly state: KeyValue
  readonly config: AccessConfig
  /** Whether a peer is the owner of content that is here. */
  owns(peer: string): boolean
}

export function acquaintancesOf({ identity, world, state, config, owns }: AcquaintancesParts): Acquaintances {
  const selves = (): string[] => {
    const person = people.personOf(identity.peerId)
    return [identity.peerId, person, ...people.formerly(person)]
  }
  const isKnown = (peer: string): boolean =>
    selves().includes(peer) || contacts.get(peer) !== undefined || circles.circlesOf(peer).size > 0
  const people: People = new People({ state, max: config.maxPeople, concerns: peers => peers.some(isKnown) })
  const contacts: Contacts = new Contacts({ world, state, people, max: config.maxContacts })
  const circles: Circles = new Circles({ identity, world, state, max: config.maxCircles, selves })
  people.onChanged(() => circles.selvesChanged())
  const revocations = new Revocations({
    identity,
    state,
    now: () => world.wallTime(),
    relevance: issuer => (owns(issuer) ? 'owner' : isKnown(issuer) ? 'known' : undefined),
    maxLists: config.maxRevocationLists,
  })
  const standing = standingOf({ people, contacts, circles, revocations })
  return {
    people,
    contacts,
    circles,
    revocations,
    standing,
    selves,
    names: namesOf(contacts, circles, selves),
  }
}

/** Contacts are remembered with their addresses, and the network with theirs. */
export function followContacts({ contacts }: Acquaintances, network: Network): void {
  const remember = (peer: string): void =>
    network.rememberAddresses(peer, contacts.get(peer)?.addresses ?? [])
  for (const { peer } of contacts.list()) remember(peer)
  contacts.onChanged(remember)
  const see = ({ peer }: { readonly peer: string }): void => contacts.seen(peer, network.knownAddresses(peer))
  network.on('peer-connected', see)
  // By now it has told where it listens.
  network.on('peer-disconnected', see)
}

/**
 * A new main key for `home`, from the next start on. Whoever is an admin of a circle makes the new key one before the old key leaves it; for
 * others the rosters go on naming the old key, and mean the new one.
 */
export async function rotateKey(
  { people, circles }: Acquaintances,
  { peerId }: LoadedIdentity,
  { home, ...options }: { home: string; world: World; passphrase: string | undefined },
): Promise<Rotated> {
  const rotated = await rotateIdentity(home, { ...options, from: peerId, lastList: people.lastList(peerId) })
  for (const id of [...circles.circlesOf(peerId)]) {
    if (circles.role(id, peerId) !== 'admin') continue
    await circles.prepare(id)
    circles.change(id, { roles: { [rotated.to]: 'admin' } })
    circles.leave(id)
  }
  return rotated
}

/** What the user should know: that this peer has a new key, and that somebody handed over a key twice. */
export function tellKeys({ people }: Acquaintances, { handover }: LoadedIdentity, events: EventStream): void {
  people.onConflict(({ from, kept, refused }) =>
    events.emit({
      type: 'error.occurred',
      code: 'statement.invalid',
      message: `${from} was handed over to ${refused}, but before that to ${kept}, which counts here. The key may have been stolen: ask that person.`,
    }),
  )
  try {
    if (handover !== undefined) people.receive(handover)
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    events.emit({ type: 'error.occurred', code: error.code, message: error.message })
  }
}

/** What this peer made under an earlier key is its own under this one, so that it goes on giving grants for it. */
export function takeOverContents(
  { people }: Acquaintances,
  { peerId }: LoadedIdentity,
  access: Access,
): void {
  const earlier = people.formerly(peerId)
  if (earlier.length === 0) return
  for (const resource of [...access.resources()]) {
    const owner = access.owner(resource)
    if (owner !== undefined && earlier.includes(owner)) access.setOwner(resource, peerId)
  }
}

/** A contact with its devices, as the files service looks for its shares. */
export function personOf({ contacts, people, names }: Acquaintances, text: string): Person | undefined {
  try {
    const id = names.personOf(text)
    const contact = contacts.get(id)
    if (contact === undefined) return undefined
    const devices = people.keysOf(id).map(peer => ({ peer, addresses: peer === id ? contact.addresses : [] }))
    return { name: contact.name, id, devices }
  } catch (error) {
    if (error instanceof PeerageError && error.code === 'contact.unknown') return undefined
    throw error
  }
}
