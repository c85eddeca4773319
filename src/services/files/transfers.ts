import { contentResource } from '../../access/index.ts'
import { fromHex, toHex } from '../../base/index.ts'
import { Announcements } from './announcements.ts'
import { findTransfer } from './find-transfer.ts'
import type { FilesHost } from './host.ts'
import type { GetInput } from './inputs.ts'
import { Metadata } from './preview/metadata.ts'
import { Queue } from './queue.ts'
import { Records, recordOf, type TransferRecord } from './record.ts'
import { makePublic, mergePublic, type Source } from './source.ts'
import { Statistics, type Totals } from './statistics.ts'
import { Tally } from './tally.ts'
import { Transfer } from './transfer.ts'

/** How a download begins. */
type BeginInput = Omit<GetInput, 'link'> & Pick<TransferRecord, 'updates'>

/** Which contents there are: they enter, go by another name, and go for good. */
export class Transfers implements Iterable<Transfer> {
  readonly queue: Queue
  /** What was only looked at so far. */
  readonly metadata: Metadata
  readonly #host: FilesHost
  readonly #onChange: (transfer: Transfer) => void
  readonly #statistics: Statistics
  readonly #records: Records
  readonly #all = new Map<string, Transfer>()
  readonly #announcements: Announcements
  /** Those that are on their way out still: nothing enters by their name. */
  readonly #leaving = new Map<string, Promise<void>>()

  /** `onChange` is told of each transfer that changed in whatever way. */
  constructor(host: FilesHost, onChange: (transfer: Transfer) => void) {
    this.#host = host
    this.#onChange = onChange
    this.#announcements = new Announcements(host, infoHash => this.#all.get(infoHash))
    this.#records = new Records(host.store.state)
    this.metadata = new Metadata(host, infoHash => this.#all.has(infoHash))
    this.#statistics = new Statistics(host.world, host.store.state)
    this.queue = new Queue({ world: host.world, config: () => host.config, transfers: () => this })
    for (const record of this.#records.all()) this.#enter(record)
    this.#adoptUnrecorded()
  }

  [Symbol.iterator](): Iterator<Transfer> {
    return this.#all.values()
  }

  /** Counts, and lets those run that may. */
  start(): void {
    this.#statistics.start(() => this.#flush())
    this.queue.start()
    this.queue.look()
    for (const transfer of this) {
      this.#announcements.look(transfer)
      if (!transfer.isComplete || transfer.isOnPublicNetwork) transfer.start()
    }
  }

  async stop(): Promise<void> {
    this.queue.stop()
    this.#announcements.stop()
    await this.metadata.stop()
    await Promise.all([...Array.from(this, transfer => transfer.stop()), ...this.#leaving.values()])
    if (this.#host.network !== undefined) this.#statistics.stop()
  }

  /** What this peer has done over all its runs, until now. */
  totals(): Totals {
    this.#flush()
    return this.#statistics.totals
  }

  has(infoHash: string): boolean {
    return this.#all.has(infoHash)
  }

  get(infoHash: string): Transfer | undefined {
    return this.#all.get(infoHash)
  }

  /** By link, by name, or by the first digits of an info hash. Throws `content.unknown`. */
  find(content: string): Transfer {
    return findTransfer(this.#all, content)
  }

  save({ record }: Transfer): void {
    this.#records.save(record)
  }

  /** Enters what is to be offered or fetched; what is here already learns where else it may be found. */
  entered(record: TransferRecord): Transfer {
    const known = this.#all.get(record.infoHash)
    if (known !== undefined) {
      // Shared again, publicly this time or with more trackers.
      if (record.public !== undefined) {
        mergePublic(known.record, record.public)
        this.#records.save(known.record)
        known.publicMembership?.changed()
      }
      this.#announcements.look(known)
      return known
    }
    const transfer = this.#enter(record)
    this.#records.save(record)
    this.#announcements.look(transfer)
    const { infoHash, name, origin } = record
    this.#host.emit({ type: 'content.added', infoHash, name, origin })
    return transfer
  }

  /** Fetches it, or goes on with it. */
  async begin(source: Source, input: BeginInput): Promise<Transfer> {
    for (let gone = this.#goneOf(source); gone !== undefined; gone = this.#goneOf(source)) await gone
    const info = await this.metadata.take(source)
    const known = this.knownBy(source)
    const infoHash = known?.infoHash ?? source.infoHash
    const { access, config, world } = this.#host
    const { secret, owner } = source.link
    if (known === undefined || known.record.origin === 'download')
      access.adopt(contentResource(infoHash), { secret, owner: owner === access.self ? undefined : owner })
    const into = input.into ?? (config.downloads === '' ? '.' : config.downloads)
    const record =
      known?.record ??
      recordOf({
        infoHash: toHex(infoHash),
        name: source.link.name ?? '',
        into,
        paused: input.paused ?? config.addPaused,
        addedAt: world.wallTime(),
      })
    if (input.overwrite !== undefined) record.overwrite = input.overwrite
    makePublic(record, source)
    if (known?.stored === undefined) {
      if (input.into !== undefined) record.into = input.into
      if (input.choose !== undefined) record.choose = input.choose
      if (input.updates !== undefined) record.updates = input.updates
    }
    const transfer = this.entered(record)
    this.#records.save(record)
    const { torrent } = source
    // Before it starts: who it may be told to stands in the metadata (BEP 27).
    if (torrent !== undefined && transfer.stored === undefined)
      void transfer.place(torrent.info, torrent.pieceLayers)
    else if (info !== undefined && transfer.stored === undefined) void transfer.place(info)
    this.queue.admit(transfer)
    if (known !== undefined && (record.paused || transfer.failure !== undefined)) transfer.resume()
    else transfer.start()
    transfer.learn(source.link)
    return transfer
  }

  /** Nothing is left of it, but the files if they are not to go. */
  async remove(transfer: Transfer, deleteFiles: boolean): Promise<void> {
    const { id } = transfer
    this.#all.delete(id)
    this.#announcements.forget(id)
    const leaving = this.#remove(transfer, deleteFiles)
    const left = leaving.then(
      () => undefined,
      () => undefined,
    )
    this.#leaving.set(id, left)
    try {
      await leaving
    } finally {
      this.#leaving.delete(id)
    }
    this.queue.changed()
    this.#host.emit({ type: 'content.removed', infoHash: id })
  }

  async #remove(transfer: Transfer, deleteFiles: boolean): Promise<void> {
    const { store, access } = this.#host
    const { id } = transfer
    await transfer.stop()
    if (store.get(id) !== undefined) await store.remove(id, { deleteFiles })
    this.#records.delete(id)
    transfer.forget()
    const resource = contentResource(transfer.infoHash)
    if (access.policy(resource) !== undefined) access.removePolicy(resource)
  }

  #goneOf({ infoHash }: Source): Promise<void> | undefined {
    return this.#leaving.get(toHex(infoHash))
  }

  /** Content that goes by its SHA-256 is asked for by the SHA-1 of it, too; then both names stand for one transfer. */
  knownBy({ link: { infoHash, infoHashV1 } }: Source): Transfer | undefined {
    const known = infoHash && this.#all.get(toHex(infoHash))
    if (known !== undefined || infoHashV1 === undefined) return known
    const v1 = toHex(infoHashV1)
    const sameName = this.#all.get(v1)
    if (sameName !== undefined || infoHash !== undefined) return sameName
    for (const transfer of this) if (transfer.record.public?.infoHashV1 === v1) return transfer
    return undefined
  }

  #enter(record: TransferRecord): Transfer {
    const transfer: Transfer = new Transfer({
      host: this.#host,
      infoHash: fromHex(record.infoHash),
      record,
      tally: new Tally(record.infoHash, this.#host.store.state, this.#statistics),
      onChange: () => {
        this.queue.changed()
        this.#announcements.look(transfer)
        this.#onChange(transfer)
      },
      save: changed => this.#records.save(changed),
      succeed: (old, hash, info) => this.#succeed(old, hash, info),
    })
    this.#all.set(record.infoHash, transfer)
    return transfer
  }

  /** Content that a link named by its SHA-1 is hybrid: from now on it goes by its SHA-256. */
  #succeed(old: Transfer, infoHash: Uint8Array, info: Uint8Array): Transfer {
    const id = toHex(infoHash)
    const isKnown = this.#all.has(id)
    this.#all.delete(old.id)
    this.#announcements.forget(old.id)
    this.#records.delete(old.id)
    void old.stop().then(() => old.forget())
    if (!isKnown) this.#host.access.adopt(contentResource(infoHash), {})
    const record: TransferRecord = { ...old.record, infoHash: id }
    if (record.public !== undefined) record.public.infoHashV1 = old.id
    const transfer = this.entered(record)
    this.queue.admit(transfer)
    if (!isKnown) void transfer.place(info)
    transfer.start()
    return transfer
  }

  /** Content that the store has and the records do not: the index was rebuilt from the files. */
  #adoptUnrecorded(): void {
    for (const stored of this.#host.store.contents()) {
      if (this.#all.has(stored.hash)) continue
      const record: TransferRecord = {
        infoHash: stored.hash,
        origin: stored.origin,
        name: stored.name,
        totalBytes: stored.totalSize,
        fileCount: stored.content.files.length,
        ...(stored.origin === 'download' && { into: stored.root.slice(0, stored.root.lastIndexOf('/')) }),
        paused: false,
        addedAt: stored.addedAt,
        peers: [],
      }
      this.#enter(record)
      this.#records.save(record)
    }
  }

  #flush(): void {
    for (const transfer of this) transfer.flush()
  }
}
