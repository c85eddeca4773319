import { PeerageError, toHex } from '../../../base/index.ts'
import { formatLink, type Link } from '../../../content/index.ts'
import type { Network } from '../../../network/index.ts'
import type { ListedShare } from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { Source } from '../source.ts'
import type { Transfer } from '../transfer.ts'
import { AskedShares } from './asked-shares.ts'
import type { Device, Person } from './person.ts'

/** One share of a person, with all of that person's devices that offer it. Name and numbers are what they say: hostile. */
export interface PersonShare extends ListedShare {
  readonly peers: readonly string[]
}

/** One share of somebody else before the user. */
export interface ShareRow {
  /** As the user calls whoever shares it. */
  readonly contact: string
  readonly name: string
  readonly infoHash: string
  readonly bytes: number
  readonly files: number
  /** Milliseconds since 1970. */
  readonly sharedAt: number
  readonly changedAt: number
  /** Whether it is on this machine already. */
  readonly here: 'no' | 'part' | 'all'
  readonly link: string
}

const maxAddressesInLink = 8

/**
 * What a person lets us see, from all of its devices that can be reached. Rejects with what the first one is refused with when none
 * answers: `network.unreachable`, `peer.protocol`, `wire.*`; and with `signal.reason`.
 */
export async function sharesOf(
  host: FilesHost,
  { name, devices }: Person,
  signal: AbortSignal,
): Promise<PersonShare[]> {
  const network = online(host)
  const answers = await Promise.allSettled(
    devices.map(async device => {
      const asked = await openDevice(network, host, device, signal)
      try {
        return { peer: device.peer, shares: await asked.ask() }
      } finally {
        asked.close()
      }
    }),
  )
  signal.throwIfAborted()
  const told = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
  if (told.length === 0)
    throw notReached(
      name,
      answers.find(({ status }) => status === 'rejected'),
    )
  return mergeShares(told)
}

/** Opens a stream to one device by which its shares are asked for. */
export function openDevice(
  network: Network,
  { world }: FilesHost,
  { peer, addresses }: Device,
  signal: AbortSignal,
  listeners: { onChanged?(): void; onClosed?(): void } = {},
): Promise<AskedShares> {
  network.rememberAddresses(peer, addresses)
  return AskedShares.open({ network, world, peer, signal, ...listeners })
}

/** Each content once, by name. */
export function mergeShares(
  told: readonly { readonly peer: string; readonly shares: readonly ListedShare[] }[],
): PersonShare[] {
  const merged = new Map<string, ListedShare & { peers: string[] }>()
  for (const { peer, shares } of told)
    for (const share of shares) {
      const id = toHex(share.infoHash)
      const known = merged.get(id)
      if (known === undefined) merged.set(id, { ...share, peers: [peer] })
      else known.peers.push(peer)
    }
  return [...merged.values()].sort((a, b) => compareNames(a.name, b.name) || b.changedAt - a.changedAt)
}

/** The link by which it is fetched: from whoever offers it, under the terms of its owner. */
function linkTo({ network }: FilesHost, { infoHash, name, owner, peers }: PersonShare): Link {
  const addresses = peers.flatMap(peer => {
    const known = network?.knownAddresses(peer) ?? []
    return known.length === 0 ? [`/p2p/${peer}`] : known.map(address => `${address}/p2p/${peer}`)
  })
  return {
    kind: 'peerage',
    infoHash,
    name,
    peers: addresses.slice(0, maxAddressesInLink),
    ...(owner !== undefined && { owner }),
    trackers: [],
    webSeeds: [],
  }
}

export function sourceOfShare(host: FilesHost, share: PersonShare): Source {
  return { link: linkTo(host, share), infoHash: share.infoHash, trackers: [] }
}

export function rowOf(
  host: FilesHost,
  { name: contact }: Person,
  share: PersonShare,
  transfer: Transfer | undefined,
): ShareRow {
  const { name, bytes, files, sharedAt, changedAt } = share
  return {
    contact,
    name,
    infoHash: toHex(share.infoHash),
    bytes,
    files,
    sharedAt,
    changedAt,
    here: transfer === undefined ? 'no' : transfer.isComplete ? 'all' : 'part',
    link: formatLink(linkTo(host, share)),
  }
}

/** The one share that is meant, by its name or the first digits of its info hash. Throws `content.unknown` that says what there is. */
export function pickShare(person: Person, shares: readonly PersonShare[], wanted: string): PersonShare {
  const named = shares.filter(({ name }) => name === wanted)
  const found = named.length > 0 ? named : shares.filter(share => startsLike(share, wanted))
  if (found.length === 1) return found[0]!
  const ids = found.map(share => toHex(share.infoHash).slice(0, 12))
  if (found.length > 1)
    throw unknown(
      `${person.name} shares ${found.length} contents called ${JSON.stringify(wanted)}. Say which one by its info hash: ${ids.join(', ')}.`,
      ids,
    )
  throw unknown(
    `${person.name} shares nothing called ${JSON.stringify(wanted)} with you. ${whatThereIs(shares)}`,
    shares.slice(0, 10).map(({ name }) => name),
  )
}

function whatThereIs(shares: readonly PersonShare[]): string {
  if (shares.length === 0) return 'Nothing else either.'
  const names = shares.slice(0, 5).map(({ name }) => JSON.stringify(name))
  const more = shares.length > 5 ? `, and ${shares.length - 5} more` : ''
  return `There is ${names.join(', ')}${more}.`
}

function startsLike({ infoHash }: ListedShare, digits: string): boolean {
  return /^[0-9a-f]{6,64}$/i.test(digits) && toHex(infoHash).startsWith(digits.toLowerCase())
}

function unknown(message: string, found: readonly string[]): PeerageError {
  return new PeerageError('content.unknown', message, { details: { found: [...found] } })
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true })
}

function online({ network }: FilesHost): Network {
  if (network !== undefined) return network
  throw new PeerageError('network.unreachable', 'This peer is offline: nobody can be asked.')
}

function notReached(name: string, answer: PromiseSettledResult<unknown> | undefined): unknown {
  const reason: unknown = answer?.status === 'rejected' ? answer.reason : undefined
  if (reason instanceof PeerageError && reason.code !== 'network.unreachable') return reason
  return new PeerageError('network.unreachable', `${name} cannot be reached now.`, { cause: reason })
}
