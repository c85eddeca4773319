import { contentResource } from '../../access/index.ts'
import { fromHex, PeerageError, toHex } from '../../base/index.ts'
import type { Network, PeerStream } from '../../network/index.ts'
import { type DiscoveryStatus, readFirstFrame } from '../../swarm/index.ts'
import { matchFiles } from './choice.ts'
import { type CreateInput, type CreateUpdate, createTorrent } from './create-torrent.ts'
import { findTransfer } from './find-transfer.ts'
import { followTransfer } from './follow.ts'
import type { FilesHost } from './host.ts'
import { type ImportedTorrent, type ImportInput, importTorrents } from './import/import-torrents.ts'
import type {
  CatInput,
  ChooseInput,
  Details,
  EditInput,
  ExportInput,
  GetInput,
  SetInput,
  ShareInput,
  ShareUpdate,
  VerifyUpdate,
} from './inputs.ts'
import { describeShare, linkOf, magnetOf } from './links.ts'
import { swarmProtocol } from './membership.ts'
import { type MoveInput, type MoveUpdate, moveTransfer } from './move.ts'
import { Queue } from './queue.ts'
import { readContent } from './read-content.ts'
import { Records, type TransferRecord } from './record.ts'
import { hashShare } from './share.ts'
import type { FileRow, PeerRow, TransferSnapshot } from './snapshot.ts'
import { fileRows, peerRows, snapshotOf } from './snapshots.ts'
import { editPublic, makePublic, mergePublic, openSource, type Source } from './source.ts'
import { Statistics, type Totals } from './statistics.ts'
import { type Inherited, Tally } from './tally.ts'
import { Transfer } from './transfer.ts'
import { verifyUpdates } from './verify.ts'
import { WatchedFolder } from './watched-folder.ts'
import { writeTorrent } from './write-torrent.ts'

/** How long a stranger may take for its first frame. */
const helloTimeoutMs = 10_000

/** Everything that this peer shares and fetches. */
export class Files {
  readonly host: FilesHost
  readonly #statistics: Statistics
  readonly #records: Records
  readonly #queue: Queue
  readonly #transfers = new Map<string, Transfer>()
  readonly #unsubscribe: (() => void)[] = []
  #watched: WatchedFolder | undefined

  constructor(host: FilesHost) {
    this.host = host
    this.#records = new Records(host.store.state)
    this.#statistics = new Statistics(host.world, host.store.state)
    this.#queue = new Queue({
      world: host.world,
      config: () => host.config,
      transfers: () => this.#transfers.values(),
    })
    for (const record of this.#records.all()) this.#enter(record)
    this.#adoptUnrecorded()
  }

  /** Takes streams of members, and goes on with what is not finished. */
  start(): void {
    const { network } = this.host
    this.#goOnMoving()
    if (network === undefined) return
    this.#statistics.start(() => {
      for (const transfer of this.#transfers.values()) transfer.flush()
    })
    this.#queue.start()
    network.handle(swarmProtocol, stream => this.#receive(stream))
    this.#unsubscribe.push(
      network.on('blocklist-changed', () => this.#dismissBlocked(network)),
      network.on('peer-discovered', ({ peer, addresses }) => {
        const dialable = addresses.map(address =>
          address.includes('/p2p/') ? address : `${address}/p2p/${peer}`,
        )
        for (const transfer of this.#transfers.values()) if (!transfer.isComplete) transfer.addPeers(dialable)
      }),
    )
    this.#queue.look()
    for (const transfer of this.#transfers.values())
      if (!transfer.isComplete || transfer.record.public !== undefined) transfer.start()
    this.#watchFolder()
  }

  /** What is put into the watched folder is fetched. */
  #watchFolder(): void {
    const { world, config } = this.host
    const { watchFolder: folder, watchInto, watchMs: lookMs } = config
    if (folder === '') return
    const add = async (link: string): Promise<void> => {
      const into = watchInto === '' ? undefined : watchInto
      const { signal } = new AbortController()
      for await (const _ of this.get({ link, into, background: true }, signal));
    }
    const done = (path: string, error?: PeerageError): void => {
      if (error === undefined) this.host.emit({ type: 'watch.added', path })
      else this.host.emit({ type: 'watch.refused', path, code: error.code, message: error.message })
    }
    this.#watched = new WatchedFolder({ world, folder, lookMs, add, done })
    this.#watched.start()
  }

  async stop(): Promise<void> {
    await this.#watched?.stop()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.host.network?.unhandle(swarmProtocol)
    this.#queue.stop()
    await Promise.all([...this.#transfers.values()].map(transfer => transfer.stop()))
    if (this.host.network !== undefined) this.#statistics.stop()
  }

  async *share(input: ShareInput, signal: AbortSignal): AsyncGenerator<ShareUpdate> {
    const record = yield* hashShare(this.host, input, signal)
    const isNew = !this.#transfers.has(record.infoHash)
    if (isNew && input.paused) record.paused = true
    const transfer = this.entered(record)
    this.#queue.admit(transfer)
    if (isNew && input.paused) return yield describeShare(this.host, transfer)
    if (transfer.record.paused || transfer.isDoubtful || transfer.failure !== undefined) transfer.resume()
    else if (transfer.record.public !== undefined) transfer.start()
    yield describeShare(this.host, transfer)
  }

  /** Enters what was shared. The policy must be set before. */
  entered(record: TransferRecord): Transfer {
    const known = this.#transfers.get(record.infoHash)
    if (known !== undefined) {
      // Shared again, publicly this time or with more trackers.
      if (record.public !== undefined) {
        mergePublic(known.record, record.public)
        this.#records.save(known.record)
        known.publicMembership?.changed()
      }
      return known
    }
    const transfer = this.#enter(record)
    this.#records.save(record)
    this.host.emit({
      type: 'content.added',
      infoHash: record.infoHash,
      name: record.name,
      origin: record.origin,
    })
    return transfer
  }

  async *get(input: GetInput, signal: AbortSignal): AsyncGenerator<TransferSnapshot> {
    const source = await openSource(this.host.store, input.link)
    const transfer = this.#begin(source, input)
    if (source.torrent !== undefined && transfer.stored === undefined)
      void transfer.place(source.torrent.info, source.torrent.pieceLayers)
    if (transfer.record.origin === 'download' && transfer.isComplete) await transfer.lookAgain(input.into)
    if (input.background) return yield snapshotOf(transfer)
    yield* followTransfer(this.host.world, transfer, input.timeout, signal)
  }

  list(): TransferSnapshot[] {
    return [...this.#transfers.values()].sort((a, b) => b.record.addedAt - a.record.addedAt).map(snapshotOf)
  }

  show(content: string): Details {
    const transfer = this.find(content)
    const { stored, infoHash } = transfer
    const policy = this.host.access.policy(contentResource(infoHash))
    const magnet = stored && magnetOf(transfer)
    const copies = transfer.swarm?.stats().distributedCopies
    return {
      ...snapshotOf(transfer),
      link: linkOf(this.host, transfer),
      ...(magnet && { magnet }),
      who: policy?.subjects ?? [],
      ...(stored && { pieceLength: stored.content.pieceLength, pieces: stored.pieceCount }),
      ...(copies !== undefined && { copies }),
    }
  }

  async choose(input: ChooseInput): Promise<FileRow[]> {
    const transfer = this.find(input.content)
    const stored = this.#withMetadata(transfer)
    // Whoever asks for the files wants to know what has become of them.
    await stored.notice()
    const { content } = stored
    const choices = new Map<number, 'skip' | 'low' | 'normal' | 'high'>()
    if (input.choose !== undefined) {
      const chosen = matchFiles(content, input.choose)
      for (const { index } of content.files) choices.set(index, chosen.has(index) ? 'normal' : 'skip')
    }
    for (const priority of ['skip', 'low', 'normal', 'high'] as const)
      for (const file of matchFiles(content, input[priority] ?? [])) choices.set(file, priority)
    if (choices.size > 0) {
      stored.selectAll(choices)
      transfer.choiceChanged()
    }
    return fileRows(stored)
  }

  pause(content: string): TransferSnapshot {
    const transfer = this.find(content)
    transfer.pause()
    return snapshotOf(transfer)
  }

  resume(content: string): TransferSnapshot {
    const transfer = this.find(content)
    transfer.resume()
    return snapshotOf(transfer)
  }

  async remove(content: string, deleteFiles: boolean): Promise<{ infoHash: string }> {
    const transfer = this.find(content)
    const { id } = transfer
    this.#transfers.delete(id)
    await transfer.stop()
    if (this.host.store.get(id) !== undefined) await this.host.store.remove(id, { deleteFiles })
    this.#records.delete(id)
    transfer.forget()
    this.#queue.changed()
    const resource = contentResource(transfer.infoHash)
    if (this.host.access.policy(resource) !== undefined) this.host.access.removePolicy(resource)
    this.host.emit({ type: 'content.removed', infoHash: id })
    return { infoHash: id }
  }

  async *verify(content: string, signal: AbortSignal): AsyncGenerator<VerifyUpdate> {
    const transfer = this.find(content)
    yield* verifyUpdates(transfer, this.#withMetadata(transfer), signal)
  }

  async *move(input: MoveInput, signal: AbortSignal): AsyncGenerator<MoveUpdate> {
    const transfer = this.find(input.content)
    yield* moveTransfer(this.host.store, transfer, this.#withMetadata(transfer), input, signal)
  }

  import(input: ImportInput, signal: AbortSignal): AsyncGenerator<ImportedTorrent> {
    const target = {
      host: this.host,
      isKnown: (infoHash: string) => this.#transfers.has(infoHash),
      enter: (record: TransferRecord, before: Inherited) => {
        const transfer = this.entered(record)
        transfer.inherit(before)
        this.#queue.look()
        transfer.choiceChanged()
      },
    }
    return importTorrents(target, input, signal)
  }

  create(input: CreateInput, signal: AbortSignal): AsyncGenerator<CreateUpdate> {
    return createTorrent(this.host, input, signal)
  }

  async *cat(input: CatInput, signal: AbortSignal): AsyncGenerator<unknown> {
    const transfer = this.find(input.content)
    yield* readContent(transfer, this.#withMetadata(transfer), input, signal)
  }

  peers(content: string | undefined): PeerRow[] {
    const transfers = content === undefined ? [...this.#transfers.values()] : [this.find(content)]
    return transfers.flatMap(transfer => peerRows(transfer, this.host.network))
  }

  discovery(content: string): DiscoveryStatus[] {
    return [...(this.find(content).publicMembership?.status() ?? [])]
  }

  announce(content: string): DiscoveryStatus[] {
    this.#publicTransfer(content).publicMembership?.hurry()
    return this.discovery(content)
  }

  set(input: SetInput): TransferSnapshot {
    const transfer = this.find(input.content)
    const { up, down, sequential, firstLast, superSeed, ratio, minutes, forced, position } = input
    const said = {
      ...(up !== undefined && { uploadBytesPerSecond: up }),
      ...(down !== undefined && { downloadBytesPerSecond: down }),
      ...(sequential !== undefined && { sequential }),
      ...(firstLast !== undefined && { firstLast }),
      ...(superSeed !== undefined && { superSeeding: superSeed }),
      ...(ratio !== undefined && { ratio }),
      ...(minutes !== undefined && { seedingMinutes: minutes }),
      ...(forced !== undefined && { forced }),
    }
    transfer.wish(said)
    if (position !== undefined) this.#queue.move(transfer, position)
    this.#queue.look()
    return snapshotOf(transfer)
  }

  edit(input: EditInput): DiscoveryStatus[] {
    const transfer = this.#publicTransfer(input.content)
    editPublic(transfer.record.public!, input)
    this.#records.save(transfer.record)
    transfer.publicMembership?.changed()
    return this.discovery(input.content)
  }

  addPeers(content: string, addresses: readonly string[]): TransferSnapshot {
    const transfer = this.#publicTransfer(content)
    transfer.publicMembership?.addPeers(addresses)
    return snapshotOf(transfer)
  }

  export(input: ExportInput): Promise<{ path: string; bytes: number }> {
    const transfer = this.find(input.content)
    return writeTorrent(transfer, this.#withMetadata(transfer), input)
  }

  /** The configuration changed: others may have to wait now. */
  reconsider(): void {
    this.#queue.look()
  }

  /** What this peer has done over all its runs, until now. */
  totals(): Totals {
    for (const transfer of this.#transfers.values()) transfer.flush()
    return this.#statistics.totals
  }

  /** Whom swarms banned by themselves, in this run. */
  liars(): { readonly name: string; readonly content: string }[] {
    return [...this.#transfers.values()].flatMap(({ swarm, record }) =>
      (swarm?.bans() ?? []).map(name => ({ name, content: record.name })),
    )
  }

  /** Lets whoever was banned by swarms come again; false when nobody was. */
  pardon(name: string): boolean {
    const swarms = [...this.#transfers.values()].flatMap(({ swarm }) => swarm ?? [])
    const banning = swarms.filter(swarm => swarm.isBanned(name))
    for (const swarm of banning) swarm.unban(name)
    return banning.length > 0
  }

  /** By link, by name, or by the first digits of an info hash. Throws `content.unknown`. */
  find(content: string): Transfer {
    return findTransfer(this.#transfers, content)
  }

  #dismissBlocked(network: Network): void {
    for (const { swarm } of this.#transfers.values())
      swarm?.dismiss(
        ({ peer, endpoint }) => !(endpoint ? network.mayReach(endpoint.address) : network.mayMeet(peer)),
        'It is banned.',
      )
  }

  #publicTransfer(content: string): Transfer {
    const transfer = this.find(content)
    if (transfer.record.public !== undefined) return transfer
    throw new PeerageError('usage.invalid', 'This content is private: BitTorrent peers are not asked for it.')
  }

  #withMetadata(transfer: Transfer): NonNullable<Transfer['stored']> {
    const { stored } = transfer
    if (stored !== undefined) return stored
    throw new PeerageError(
      'content.unknown',
      'Nothing is known of its files yet: no peer has told them so far.',
    )
  }

  #begin(source: Source, input: GetInput): Transfer {
    const { access, world, config } = this.host
    const { link, infoHash } = source
    const id = toHex(infoHash)
    const resource = contentResource(infoHash)
    const known = this.#transfers.get(id)
    if (known === undefined || known.record.origin === 'download')
      access.adopt(resource, {
        secret: link.secret,
        owner: link.owner === access.self ? undefined : link.owner,
      })
    const record: TransferRecord = known?.record ?? {
      infoHash: id,
      origin: 'download',
      name: link.name ?? '',
      totalBytes: 0,
      fileCount: 0,
      into: input.into ?? (config.downloads === '' ? '.' : config.downloads),
      paused: false,
      addedAt: world.wallTime(),
      peers: [],
    }
    if (input.overwrite !== undefined) record.overwrite = input.overwrite
    makePublic(record, source)
    if (known?.stored === undefined) {
      if (input.into !== undefined) record.into = input.into
      if (input.choose !== undefined) record.choose = input.choose
    }
    if (known === undefined) record.paused = input.paused ?? config.addPaused
    const transfer = this.entered(record)
    this.#records.save(record)
    this.#queue.admit(transfer)
    if (known === undefined) transfer.start()
    else if (record.paused || transfer.failure !== undefined) transfer.resume()
    else transfer.start()
    transfer.learn(link)
    return transfer
  }

  #enter(record: TransferRecord): Transfer {
    const infoHash = fromHex(record.infoHash)
    const transfer = new Transfer({
      host: this.host,
      infoHash,
      record,
      tally: new Tally(record.infoHash, this.host.store.state, this.#statistics),
      onChange: () => this.#queue.changed(),
      save: changed => this.#records.save(changed),
      succeed: (old, hash, info) => this.#succeed(old, hash, info),
    })
    this.#transfers.set(record.infoHash, transfer)
    return transfer
  }

  /** Moves that a stop or a crash broke off. */
  #goOnMoving(): void {
    for (const [content, into] of [...this.host.store.brokenMoves()])
      void this.#goOnWith(this.move({ content, into }, new AbortController().signal), content)
  }

  async #goOnWith(moving: AsyncIterable<unknown>, content: string): Promise<void> {
    try {
      for await (const _ of moving);
    } catch (error) {
      this.#transfers.get(content)?.tell(error)
    }
  }

  /** Content that a link named by its SHA-1 is hybrid: from now on it goes by its SHA-256. */
  #succeed(old: Transfer, infoHash: Uint8Array, info: Uint8Array): Transfer {
    const id = toHex(infoHash)
    const known = this.#transfers.get(id)
    this.#transfers.delete(old.id)
    this.#records.delete(old.id)
    void old.stop().then(() => old.forget())
    if (known !== undefined) return known
    this.host.access.adopt(contentResource(infoHash), {})
    const record: TransferRecord = { ...old.record, infoHash: id }
    if (record.public !== undefined) record.public.infoHashV1 = old.id
    const transfer = this.entered(record)
    this.#queue.admit(transfer)
    transfer.start()
    void transfer.place(info)
    return transfer
  }

  /** Content that the store has and the records do not: the index was rebuilt from the files. */
  #adoptUnrecorded(): void {
    for (const stored of this.host.store.contents()) {
      if (this.#transfers.has(stored.hash)) continue
      const slash = stored.root.lastIndexOf('/')
      const record: TransferRecord = {
        infoHash: stored.hash,
        origin: stored.origin,
        name: stored.name,
        totalBytes: stored.totalSize,
        fileCount: stored.content.files.length,
        ...(stored.origin === 'download' && { into: stored.root.slice(0, slash) }),
        paused: false,
        addedAt: stored.addedAt,
        peers: [],
      }
      this.#enter(record)
      this.#records.save(record)
    }
  }

  /**
   * A stranger opened a stream: its first frame says what it wants and why it may. A refusal is the same bytes whether there is
   * no such content, or it is not for that peer, or it is paused.
   */
  async #receive(stream: PeerStream): Promise<void> {
    const { gate, world } = this.host
    const timer = world.after(helloTimeoutMs, () => stream.abort(new Error('no hello came')))
    const first = await readFirstFrame(stream).catch(() => undefined)
    timer.cancel()
    if (first === undefined) return stream.abort(new Error('no hello came'))
    const verdict = gate.receive(first.frame, stream.peer)
    const transfer = verdict.accepted ? this.#transfers.get(toHex(verdict.infoHash)) : undefined
    if (verdict.accepted && transfer?.welcome(stream, verdict.answer, first.rest, verdict.decision) === true)
      return
    stream.send(gate.refusal)
    await stream.close()
  }
}
