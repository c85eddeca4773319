import { PeerageError, toHex } from '../../../base/index.ts'
import type { ListedShare } from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { TransferSnapshot } from '../snapshot.ts'
import { snapshotOf } from '../snapshots.ts'
import type { Transfer } from '../transfer.ts'
import type { Transfers } from '../transfers.ts'
import { type PersonShare, sourceOfShare } from './browse.ts'
import { findPerson } from './find-person.ts'
import type { Person } from './person.ts'
import { WatchedDevice } from './watched-device.ts'
import { type WishRecord, WishRecords } from './wish-records.ts'

/** A share that is kept up to date, before the user. */
export interface WishRow {
  /** As the user calls whoever shares it. */
  readonly contact: string
  readonly name: string
  readonly into: string
  /** Whether that person can be asked now. */
  readonly reached: boolean
  /** How the version is doing that is here or comes; absent until there was one. */
  readonly transfer?: TransferSnapshot
  /** Milliseconds since 1970: when that version was shared. */
  readonly changedAt?: number
  /** Why a newer version is not fetched. */
  readonly problem?: { readonly code: string; readonly message: string }
}

/** What is wished. */
export type NewWish = Pick<WishRecord, 'name' | 'into' | 'choose'>

/**
 * Shares of others that are kept up to date. When whoever shares one has something new under its name, that is fetched to the same
 * place: files that did not change are recognised there, those that did are replaced, and those that are gone stay.
 */
export class Wishes {
  readonly #host: FilesHost
  readonly #transfers: Transfers
  readonly #records: WishRecords
  /** By PeerId. */
  readonly #devices = new Map<string, WatchedDevice>()
  readonly #updating = new Set<WishRecord>()
  readonly #unsubscribe: (() => void)[] = []

  constructor(host: FilesHost, transfers: Transfers) {
    this.#host = host
    this.#transfers = transfers
    this.#records = new WishRecords(host.store.state)
  }

  start(): void {
    const { network } = this.#host
    if (network === undefined) return
    for (const transfer of this.#transfers) this.#succeed(transfer)
    this.#unsubscribe.push(
      network.on('peer-connected', ({ peer }) => this.#devices.get(peer)?.look()),
      network.on('peer-discovered', ({ peer }) => this.#devices.get(peer)?.look()),
    )
    this.#watch()
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    for (const device of this.#devices.values()) device.stop()
    this.#devices.clear()
  }

  /** Keeps a share up to date from now on; `here` is the version that is being fetched already. Throws `access.limit`. */
  add(person: Person, wish: NewWish, here?: ListedShare): WishRow {
    const { maxWishes } = this.#host.config
    const before = this.#records.get(person.id, wish.name)
    if (before === undefined && this.#records.size >= maxWishes)
      throw new PeerageError('access.limit', `There are ${maxWishes} wishes already (files.maxWishes).`)
    const record: WishRecord = {
      ...before,
      ...wish,
      person: person.id,
      contact: person.name,
      addresses: person.devices.flatMap(({ addresses }) => addresses).slice(0, 8),
      since: before?.since ?? this.#host.world.wallTime(),
      ...(here && versionOf(here, this.#host.world.wallTime())),
    }
    this.#records.save(record)
    this.#watch()
    if (here === undefined) for (const { peer } of person.devices) this.#devices.get(peer)?.again()
    return this.#rowOf(record)
  }

  /** False: there was no such wish. */
  remove(contact: string, name: string): boolean {
    const id = personId(this.#host, contact)
    for (const record of this.#records)
      if (record.name === name && (record.person === id || record.contact === contact)) {
        this.#records.delete(record)
        this.#watch()
        return true
      }
    return false
  }

  /** The user removed a content: what is no longer wanted does not come back by itself. */
  forget(infoHash: string): void {
    for (const record of [...this.#records]) if (record.infoHash === infoHash) this.#records.delete(record)
    this.#watch()
  }

  rows(): WishRow[] {
    return Array.from(this.#records, record => this.#rowOf(record)).sort(
      (a, b) => a.contact.localeCompare(b.contact) || a.name.localeCompare(b.name),
    )
  }

  /** Watches the devices of all whose shares are wished, and nobody else. */
  #watch(): void {
    const { network } = this.#host
    if (network === undefined) return
    const wanted = new Map(this.#everyDevice().map(device => [device.peer, device]))
    for (const [peer, watched] of this.#devices) {
      if (wanted.has(peer)) continue
      watched.stop()
      this.#devices.delete(peer)
    }
    for (const [peer, device] of wanted) {
      if (this.#devices.has(peer) || peer === network.peerId) continue
      const onShares = (_peer: string, shares: readonly ListedShare[]): void => this.#told(peer, shares)
      this.#devices.set(peer, new WatchedDevice({ host: this.#host, device, onShares }))
    }
  }

  #everyDevice(): Person['devices'][number][] {
    return Array.from(this.#records, record => this.#personOf(record)).flatMap(({ devices }) => devices)
  }

  /** Under its name of today; where it was reached before is known, too. */
  #personOf({ person, addresses }: WishRecord): Person {
    const found = findPerson(this.#host, person)
    const devices = found.devices.map(({ peer, addresses: known }) => ({
      peer,
      addresses: [...known, ...addresses.filter(address => address.endsWith(`/p2p/${peer}`))],
    }))
    return { ...found, devices }
  }

  #told(peer: string, shares: readonly ListedShare[]): void {
    const byName = newestByName(shares)
    for (const record of this.#records) {
      const newest = byName.get(record.name)
      if (newest === undefined) continue
      const person = this.#personOf(record)
      if (!person.devices.some(device => device.peer === peer)) continue
      if (!isNews(record, newest) || this.#updating.has(record)) continue
      this.#updating.add(record)
      void this.#update(record, person, { ...newest, peers: [peer] })
        .catch(error => this.#failed(record, error))
        .finally(() => this.#updating.delete(record))
    }
  }

  async #update(record: WishRecord, person: Person, share: PersonShare): Promise<void> {
    const before = record.infoHash === undefined ? undefined : this.#transfers.get(record.infoHash)
    if (before?.record.paused) return
    if (before !== undefined) await this.#makeWay(before)
    const infoHash = toHex(share.infoHash)
    const source = sourceOfShare(this.#host, share)
    const { into, choose } = record
    const updates = before?.record.origin === 'download' ? before.id : undefined
    const transfer = await this.#transfers.begin(source, { into, choose, updates })
    Object.assign(record, versionOf(share, this.#host.world.wallTime()), { problem: undefined })
    record.addresses = [...(this.#host.network?.knownAddresses(share.peers[0]!) ?? [])]
      .map(address => `${address}/p2p/${share.peers[0]}`)
      .slice(0, 8)
    this.#records.save(record)
    this.#host.emit({ type: 'wish.updated', contact: person.name, name: record.name, infoHash })
    this.#succeed(transfer)
  }

  /** Throws `store.exists` when somebody worked on the files since they were verified. What is not complete writes to them still. */
  async #makeWay(before: Transfer): Promise<void> {
    if (before.record.completedAt !== undefined) await checkUntouched(before)
    else if (before.record.origin === 'download') await this.#transfers.remove(before, false)
  }

  /** Once a new version has its place, the one before is forgotten; its files are those of the new one. */
  #succeed(transfer: Transfer): void {
    const { record } = transfer
    if (record.updates === undefined) return
    const stopListening = transfer.onChange(() => look())
    const look = (): void => {
      const older = record.updates
      if (older !== undefined && transfer.stored === undefined) return
      stopListening()
      record.updates = undefined
      const before = older === undefined ? undefined : this.#transfers.get(older)
      this.#transfers.save(transfer)
      if (before !== undefined)
        void this.#transfers.remove(before, false).catch(error => transfer.tell(error))
    }
    look()
  }

  #failed(record: WishRecord, error: unknown): void {
    const { code, message } =
      error instanceof PeerageError
        ? error
        : new PeerageError('internal.bug', String(error), { cause: error })
    // It is tried again whenever that person is asked; once is enough to tell.
    if (record.problem?.message === message) return
    record.problem = { code, message }
    this.#records.save(record)
    this.#host.emit({ type: 'error.occurred', code, message, infoHash: record.infoHash ?? '' })
  }

  #rowOf(record: WishRecord): WishRow {
    const { name, into, infoHash, changedAt, problem } = record
    const person = this.#personOf(record)
    const transfer = infoHash === undefined ? undefined : this.#transfers.get(infoHash)
    return {
      contact: person.name,
      name,
      into,
      reached: person.devices.some(({ peer }) => this.#devices.get(peer)?.isReached === true),
      ...(transfer && { transfer: snapshotOf(transfer) }),
      ...(changedAt !== undefined && { changedAt }),
      ...(problem && { problem }),
    }
  }
}

/** One that is not the version that we have, and not older: another device of the same person may be behind. */
function isNews({ infoHash, changedAt = 0 }: WishRecord, share: ListedShare): boolean {
  if (infoHash === undefined) return true
  return toHex(share.infoHash) !== infoHash && share.changedAt > changedAt
}

function newestByName(shares: readonly ListedShare[]): Map<string, ListedShare> {
  const newest = new Map<string, ListedShare>()
  for (const share of shares)
    if (share.changedAt > (newest.get(share.name)?.changedAt ?? -1)) newest.set(share.name, share)
  return newest
}

/** A time to come would keep out everything that follows. */
function versionOf(
  { infoHash, changedAt }: ListedShare,
  now: number,
): Pick<WishRecord, 'infoHash' | 'changedAt'> {
  return { infoHash: toHex(infoHash), changedAt: Math.min(changedAt, now) }
}

async function checkUntouched({ record, stored }: Transfer): Promise<void> {
  if (stored === undefined) return
  await stored.notice()
  if (stored.isComplete) return
  throw new PeerageError(
    'store.exists',
    `Files of ${JSON.stringify(record.name)} were changed here; there is a newer version, which would replace them.`,
  )
}

function personId(host: FilesHost, contact: string): string | undefined {
  try {
    return findPerson(host, contact).id
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return undefined
  }
}
