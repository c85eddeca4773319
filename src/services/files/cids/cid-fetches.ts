import { resolve } from 'node:path'
import { contentResource, type Policy } from '../../../access/index.ts'
import { fromHex, PeerageError } from '../../../base/index.ts'
import { type Link, looksLikeIpfs, parseLink } from '../../../content/index.ts'
import type { StoredContent } from '../../../store/index.ts'
import { nextChange } from '../follow.ts'
import type { FilesHost } from '../host.ts'
import type { GetInput } from '../inputs.ts'
import { describeRecord, recordOf } from '../record.ts'
import type { TransferSnapshot } from '../snapshot.ts'
import { snapshotOf } from '../snapshots.ts'
import type { Transfers } from '../transfers.ts'
import { CidFetch } from './cid-fetch.ts'
import { type CidRecord, CidRecords, cidRecordId } from './cid-record.ts'

/** CIDs that are fetched and whose info hash nobody knows yet. */
export class CidFetches implements Iterable<CidFetch> {
  readonly #host: FilesHost
  readonly #transfers: Transfers
  readonly #records: CidRecords
  readonly #all = new Map<string, CidFetch>()

  constructor(host: FilesHost, transfers: Transfers) {
    this.#host = host
    this.#transfers = transfers
    this.#records = new CidRecords(host.store.state)
    for (const record of this.#records.all()) this.#enter(record)
  }

  [Symbol.iterator](): Iterator<CidFetch> {
    return this.#all.values()
  }

  start(): void {
    for (const fetch of this) fetch.start()
  }

  async stop(): Promise<void> {
    await Promise.all([...this].map(fetch => fetch.stop()))
  }

  /** By its CID, by a link to it, or by its name; undefined: it is none of these. */
  find(content: string): CidFetch | undefined {
    const text = content.trim()
    const byId = this.#all.get(text)
    if (byId !== undefined) return byId
    if (looksLikeIpfs(text)) {
      const { cid = '', path = [] } = parseLink(text)
      return this.#all.get(cidRecordId({ cid, path }))
    }
    const named = [...this].filter(({ record }) => record.name === text)
    return named.length === 1 ? named[0] : undefined
  }

  /** Fetches what a link names, until it is whole; what is here already, or known as a content, is that. */
  begin({ cid = '', path = [] }: Link, input: GetInput): CidFetch {
    if (this.#host.ipfs === undefined)
      throw new PeerageError(
        'usage.invalid',
        'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.',
      )
    const choose = (input.choose?.length ?? 0) === 0 ? undefined : input.choose
    const known = this.#all.get(cidRecordId({ cid, path }))
    if (known !== undefined) {
      if (isOtherChoice(known.record, { choose }))
        throw new PeerageError(
          'usage.invalid',
          'Other files of it are being fetched: wait until they are here, or remove that first.',
        )
      if (input.into !== undefined && resolve(input.into) !== resolve(known.record.into))
        throw onItsWay(known.record)
      if (known.failure !== undefined || known.record.paused) known.resume()
      return known
    }
    const { config, world } = this.#host
    const fetch = this.#enter({
      cid,
      path,
      name: path.at(-1) ?? cid,
      bytes: 0,
      into: input.into ?? (config.downloads === '' ? '.' : config.downloads),
      overwrite: input.overwrite ?? false,
      ...(choose && { choose }),
      paused: input.paused ?? config.addPaused,
      addedAt: world.wallTime(),
    })
    this.#records.save(fetch.record)
    fetch.start()
    return fetch
  }

  async remove(fetch: CidFetch): Promise<void> {
    this.#all.delete(fetch.id)
    this.#records.delete(fetch.record)
    await fetch.discard()
    this.#host.emit({ type: 'content.removed', infoHash: fetch.id })
  }

  /** How it goes, and at last the content that it has become. */
  async *follow(
    fetch: CidFetch,
    timeoutS: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<TransferSnapshot> {
    const { world } = this.#host
    // What came, or did not, before anybody waited is another matter.
    const startedAt = world.now()
    for (;;) {
      signal.throwIfAborted()
      if (fetch.failure !== undefined) throw fetch.failure
      if (fetch.stored !== undefined) return yield snapshotOf(this.#transfers.find(fetch.stored.hash))
      yield fetch.snapshot()
      if (fetch.record.paused) return
      if (timeoutS !== undefined && Math.min(world.now() - startedAt, fetch.quietMs) > timeoutS * 1000)
        throw new PeerageError(
          'network.no-peers',
          `No peer of IPFS gave any of it within ${timeoutS} seconds.`,
        )
      await nextChange(world, fetch, signal)
    }
  }

  #enter(record: CidRecord): CidFetch {
    const fetch: CidFetch = new CidFetch({
      host: this.#host,
      record,
      save: () => {
        if (this.#all.has(fetch.id)) this.#records.save(record)
      },
      checkPlace: root => this.#checkPlace(fetch, root),
      completed: (stored, root) => this.#completed(fetch, stored, root),
    })
    this.#all.set(fetch.id, fetch)
    return fetch
  }

  /** What has the same name and root will be the same content, which is kept once. */
  #checkPlace({ record }: CidFetch, root: string): void {
    const isSame = (other: CidRecord): boolean =>
      other !== record && other.root === root && other.name === record.name && !isOtherChoice(other, record)
    for (const other of this) if (isSame(other.record)) throw onItsWay(other.record)
    if (record.choose !== undefined) return
    for (const { record: known, stored } of this.#transfers) {
      if (known.ipfs?.cid !== root || known.name !== record.name || stored?.isComplete !== true) continue
      const path = stored.root
      if (path !== resolve(record.into, record.name))
        throw new PeerageError('store.exists', `It is kept at ${path} already.`, { details: { path } })
    }
  }

  /**
   * From now on it is a content like all others. What the public network gave anybody may have, and is told so there, as by BitTorrent; what somebody
   * gave who may give it to us alone, nobody, until the user says otherwise.
   */
  #completed(fetch: CidFetch, stored: StoredContent, root: string | undefined): void {
    const { access, world } = this.#host
    const resource = contentResource(fromHex(stored.hash))
    if (fetch.record.isPrivate !== true) access.adopt(resource, {})
    else if (access.policy(resource) === undefined) access.setPolicy(resource, nobody)
    const record = recordOf({
      infoHash: stored.hash,
      name: stored.name,
      into: fetch.record.into,
      paused: false,
      addedAt: fetch.record.addedAt,
    })
    describeRecord(record, stored)
    record.completedAt = world.wallTime()
    if (root !== undefined) record.ipfs = { cid: root, offered: fetch.record.isPrivate !== true }
    const transfer = this.#transfers.entered(record)
    this.#transfers.queue.admit(transfer)
    if (transfer.isOnPublicNetwork) transfer.start()
    this.#all.delete(fetch.id)
    this.#records.delete(fetch.record)
    this.#host.emit({ type: 'transfer.completed', infoHash: stored.hash, name: stored.name })
  }
}

function isOtherChoice(a: Pick<CidRecord, 'choose'>, b: Pick<CidRecord, 'choose'>): boolean {
  return String(a.choose) !== String(b.choose)
}

function onItsWay({ into, name }: CidRecord): PeerageError {
  const path = resolve(into, name)
  return new PeerageError(
    'store.exists',
    `It is being fetched to ${path} already: wait until it is here, or remove that first.`,
    { details: { path } },
  )
}

const nobody: Policy = { subjects: [], actions: ['list', 'read', 'serve'] }
