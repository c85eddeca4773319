import type { CID } from 'multiformats/cid'
import { contentResource, type Policy } from '../../access/index.ts'
import { equalBytes, PeerageError } from '../../base/index.ts'
import { type Link, looksLikeIpfs, parseCid, parseLink } from '../../content/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import { dismissBlocked, liarsOf, pardon } from './bans.ts'
import { Browsing } from './browse/browsing.ts'
import { findSource } from './browse/named-share.ts'
import { chooseFiles } from './choose-files.ts'
import { catCid } from './cids/cat-cid.ts'
import { CidFetches } from './cids/cid-fetches.ts'
import { type CidInput, type CidUpdate, cidOfPath } from './cids/cid-of-path.ts'
import { placeInIpfs } from './cids/place-in-ipfs.ts'
import { type CreateInput, type CreateUpdate, createTorrent } from './create-torrent.ts'
import { detailsOf, listRow, pinsOn } from './details.ts'
import { receiveMember } from './door.ts'
import { type Fact, Facts } from './facts.ts'
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
  Removed,
  SetInput,
  ShareInput,
  ShareUpdate,
  VerifyUpdate,
} from './inputs.ts'
import { type LibraryInput, type LibraryPage, libraryOf } from './library.ts'
import { describeShare, linkOf } from './links.ts'
import { swarmProtocol } from './membership.ts'
import { type MoveInput, type MoveUpdate, moveTransfer } from './move.ts'
import { OlderVersions } from './older-versions.ts'
import { type PieceCells, pieceCells } from './piece-cells.ts'
import { lookAtLink } from './preview/look-at-link.ts'
import type { PreviewInput, PreviewUpdate } from './preview/preview.ts'
import { readContent } from './read-content.ts'
import { settingsOf, type TransferRecord } from './record.ts'
import { hashShare, networksOf } from './share.ts'
import type { FileRow, PeerRow, TransferRow, TransferSnapshot } from './snapshot.ts'
import { fileRows, peerRows, snapshotOf } from './snapshots.ts'
import { editPublic } from './source.ts'
import { type Measured, SpeedRecorder, type Speeds } from './speeds.ts'
import type { Totals } from './statistics.ts'
import type { Inherited } from './tally.ts'
import type { Transfer } from './transfer.ts'
import { Transfers } from './transfers.ts'
import { verifyUpdates } from './verify.ts'
import { Watch, type WatchUpdate } from './watch/watch.ts'
import { type WatchRow, watchRow, watchRowOf } from './watch/watch-row.ts'
import { type WatchedFolder, watchFolder } from './watched-folder.ts'
import { writeTorrent } from './write-torrent.ts'

/** Everything that this peer shares and fetches. */
export class Files {
  readonly host: FilesHost
  readonly browsing: Browsing
  readonly #transfers: Transfers
  readonly #older: OlderVersions
  readonly #cids: CidFetches
  readonly #unsubscribe: (() => void)[] = []
  readonly #facts: Facts
  readonly #speeds: SpeedRecorder
  /** Info hashes of what is given to others, as far as they were told of it. */
  readonly #served = new Set<string>()
  readonly #servingListeners = new Set<() => void>()
  readonly #watch: Watch
  #watched: WatchedFolder | undefined

  constructor(host: FilesHost) {
    this.#facts = new Facts(host.world)
    this.host = this.#facts.heard(host)
    this.#transfers = new Transfers(this.host, transfer => {
      this.#facts.state(transfer.id, transfer.state)
      this.#noteServing(transfer)
    })
    this.#older = new OlderVersions(this.#transfers)
    this.#cids = new CidFetches(this.host, this.#transfers)
    this.browsing = new Browsing(this.host, this.#transfers)
    this.#speeds = new SpeedRecorder(host.world)
    this.#watch = new Watch({ world: host.world, rows: () => this.#rows() })
  }

  /** Takes streams of members, and goes on with what is not finished. */
  start(): void {
    const { network } = this.host
    this.#goOnMoving()
    if (network === undefined) return
    network.handle(swarmProtocol, stream =>
      receiveMember(this.host, stream, infoHash => this.#transfers.get(infoHash)),
    )
    this.#unsubscribe.push(
      network.on('blocklist-changed', () => dismissBlocked(this.#transfers, network)),
      network.on('peer-discovered', ({ peer, addresses }) => {
        const dialable = addresses.map(address =>
          address.endsWith(`/p2p/${peer}`) ? address : `${address}/p2p/${peer}`,
        )
        for (const transfer of this.#transfers) if (!transfer.isComplete) transfer.addPeers(dialable)
      }),
    )
    for (const { id, serves } of this.#transfers) if (serves) this.#served.add(id)
    this.#transfers.start()
    this.#older.start()
    this.#cids.start()
    this.#speeds.start(() => this.#measured())
    this.browsing.start()
    this.#watched = watchFolder(this.host, input => this.get(input, new AbortController().signal))
    this.#watched?.start()
  }

  async stop(): Promise<void> {
    await this.#watched?.stop()
    this.browsing.stop()
    this.#speeds.stop()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.host.network?.unhandle(swarmProtocol)
    await this.#cids.stop()
    await this.#transfers.stop()
  }

  async *share(input: ShareInput, signal: AbortSignal): AsyncGenerator<ShareUpdate> {
    const record = yield* hashShare(
      this.host,
      input,
      {
        isKnown: ({ hash }) => this.#transfers.has(hash),
        policyOf: stored => this.#policyBefore(stored),
      },
      signal,
    )
    const isNew = !this.#transfers.has(record.infoHash)
    if (isNew && input.paused) record.paused = true
    const transfer = this.#transfers.entered(record)
    if (input.on !== undefined) await this.#changeNetworks(transfer, record)
    this.#older.replacedBy(transfer, record.addedAt)
    if (transfer.record.origin === 'download') {
      transfer.record.offeredAt = record.addedAt
      this.#transfers.save(transfer)
    }
    this.#transfers.queue.admit(transfer)
    this.browsing.changed()
    if (isNew && input.paused) return yield describeShare(this.host, transfer, networksOf(input))
    if (transfer.record.paused || transfer.isDoubtful || transfer.failure !== undefined) transfer.resume()
    else if (transfer.isOnPublicNetwork) transfer.start()
    yield describeShare(this.host, transfer, networksOf(input))
  }

  async *get(input: GetInput, signal: AbortSignal): AsyncGenerator<TransferSnapshot> {
    const place = await placeInIpfs(this.host, input, signal)
    const here = place && this.#knownAs(place)
    if (place !== undefined && here === undefined) {
      const fetch = this.#cids.begin(place, input)
      if (input.background) return yield fetch.snapshot()
      return yield* this.#cids.follow(fetch, input.timeout, signal)
    }
    const known = here && { ...input, link: linkOf(this.host, here) }
    const { source, named } = await findSource(this.host, known ?? input, signal)
    const transfer = await this.#transfers.begin(source, input)
    if (input.keep) this.browsing.keep(named!, transfer, input)
    if (transfer.record.origin === 'download' && transfer.isComplete) await transfer.lookAgain(input.into)
    if (input.background) return yield snapshotOf(transfer)
    yield* followTransfer(this.host.world, transfer, input.timeout, signal)
  }

  preview(input: PreviewInput, signal: AbortSignal): AsyncGenerator<PreviewUpdate> {
    return lookAtLink(this.host, this.#transfers, input, signal)
  }

  list(): TransferRow[] {
    const rows = Array.from(this.#transfers, transfer => listRow(this.host, transfer))
    return [...rows, ...Array.from(this.#cids, fetch => fetch.snapshot())].sort(
      (a, b) => b.addedAt - a.addedAt,
    )
  }

  watch(signal: AbortSignal): AsyncGenerator<WatchUpdate> {
    return this.#watch.updates(signal)
  }

  library(input: LibraryInput): Promise<LibraryPage> {
    return libraryOf(this.#transfers, input)
  }

  pieces(content: string): PieceCells {
    return pieceCells(this.#cids.find(content) === undefined ? this.find(content) : {})
  }

  speeds(content: string | undefined): Speeds {
    return this.#speeds.of(content === undefined ? undefined : this.#idOf(content))
  }

  facts(content: string): readonly Fact[] {
    return this.#facts.of(this.#idOf(content))
  }

  /** Reads what describes a content, if it is known, so that `show` and `pieces` keep nobody waiting. Throws as they do. */
  async load(content: string): Promise<void> {
    if (this.#cids.find(content) === undefined) await this.find(content).stored?.load()
  }

  show(content: string): Details {
    const fetch = this.#cids.find(content)
    if (fetch !== undefined) return { ...fetch.snapshot(), link: fetch.link, who: [], audience: [] }
    return detailsOf(this.host, this.find(content))
  }

  async choose(input: ChooseInput): Promise<FileRow[]> {
    const fetch = this.#cids.find(input.content)
    if (fetch !== undefined) return fetch.files()
    const transfer = this.find(input.content)
    const stored = await this.#loaded(transfer)
    // Whoever asks for the files wants to know what has become of them.
    await stored.notice()
    if (chooseFiles(stored, input)) transfer.choiceChanged()
    return fileRows(stored)
  }

  pause(content: string): TransferSnapshot {
    const fetch = this.#cids.find(content)
    fetch?.pause()
    if (fetch !== undefined) return fetch.snapshot()
    const transfer = this.find(content)
    transfer.pause()
    this.browsing.changed()
    return snapshotOf(transfer)
  }

  resume(content: string): TransferSnapshot {
    const fetch = this.#cids.find(content)
    fetch?.resume()
    if (fetch !== undefined) return fetch.snapshot()
    const transfer = this.find(content)
    transfer.resume()
    this.browsing.changed()
    return snapshotOf(transfer)
  }

  async remove(content: string, deleteFiles: boolean): Promise<Removed> {
    const fetch = this.#cids.find(content)
    if (fetch !== undefined) {
      await this.#cids.remove(fetch)
      return { infoHash: fetch.id }
    }
    const transfer = this.find(content)
    const leaning = pinsOn(this.host, transfer)
    const removing = this.#transfers.remove(transfer, deleteFiles)
    this.browsing.removed(transfer.id)
    this.#speeds.forget(transfer.id)
    await removing
    this.#served.delete(transfer.id)
    for (const listener of [...this.#servingListeners]) listener()
    return { infoHash: transfer.id, ...leaning }
  }

  async *verify(content: string, signal: AbortSignal): AsyncGenerator<VerifyUpdate> {
    const transfer = this.find(content)
    yield* verifyUpdates(transfer, await this.#loaded(transfer), signal)
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
        const transfer = this.#transfers.entered(record)
        transfer.inherit(before)
        this.#transfers.queue.look()
        transfer.choiceChanged()
      },
    }
    return importTorrents(target, input, signal)
  }

  create(input: CreateInput, signal: AbortSignal): AsyncGenerator<CreateUpdate> {
    return createTorrent(this.host, input, signal)
  }

  cid(input: CidInput, signal: AbortSignal): AsyncGenerator<CidUpdate> {
    return cidOfPath(this.host, input, signal)
  }

  async *cat(input: CatInput, signal: AbortSignal): AsyncGenerator<unknown> {
    if (looksLikeIpfs(input.content)) {
      const link = parseLink(input.content)
      this.host.denylists.checkLink(link, input.file?.split('/'))
      if (this.#knownAs(link) === undefined) return yield* catCid(this.host, input, signal)
    }
    const transfer = this.find(input.content)
    yield* readContent(transfer, await this.#loaded(transfer), input, signal)
  }

  peers(content: string | undefined): PeerRow[] {
    const transfers = content === undefined ? [...this.#transfers] : [this.find(content)]
    return transfers.flatMap(transfer => peerRows(transfer, this.host))
  }

  discovery(content: string): DiscoveryStatus[] {
    return this.find(content).discovery()
  }

  announce(content: string): DiscoveryStatus[] {
    const transfer = this.find(content)
    if (!transfer.isOnPublicNetwork)
      throw new PeerageError(
        'usage.invalid',
        'This content is private: it is announced on no public network.',
      )
    transfer.announce()
    return transfer.discovery()
  }

  set(input: SetInput): TransferSnapshot {
    const transfer = this.find(input.content)
    const { position } = input
    transfer.adjust(settingsOf(input))
    if (position !== undefined) this.#transfers.queue.move(transfer, position)
    this.#transfers.queue.look()
    return snapshotOf(transfer)
  }

  edit(input: EditInput): DiscoveryStatus[] {
    const transfer = this.#publicTransfer(input.content)
    editPublic(transfer.record.public!, input)
    this.#transfers.save(transfer)
    transfer.publicMembership?.changed()
    return this.discovery(input.content)
  }

  addPeers(content: string, addresses: readonly string[]): TransferSnapshot {
    const transfer = this.#publicTransfer(content)
    transfer.publicMembership?.addPeers(addresses)
    return snapshotOf(transfer)
  }

  async export(input: ExportInput): Promise<{ path: string; bytes: number }> {
    const transfer = this.find(input.content)
    return await writeTorrent(transfer, await this.#loaded(transfer), input)
  }

  /** What denylists name is other things than before: what may be announced on IPFS now is announced at once. */
  denialsChanged(): void {
    for (const transfer of this.#transfers) if (transfer.record.ipfs?.offered === true) transfer.reconsider()
  }

  /** The configuration changed: others may have to wait now. */
  reconsider(): void {
    this.#transfers.queue.look()
  }

  /** What this peer has done over all its runs, until now. */
  totals(): Totals {
    return this.#transfers.totals()
  }

  /** Whom swarms banned by themselves, in this run. */
  liars(): { readonly name: string; readonly content: string }[] {
    return liarsOf(this.#transfers)
  }

  /** Lets whoever was banned by swarms come again; false when nobody was. */
  pardon(name: string): boolean {
    return pardon(this.#transfers, name)
  }

  /** Whether a content is given to those who may have it now. */
  serves(infoHash: string): boolean {
    return this.#transfers.get(infoHash)?.serves === true
  }

  /** Calls `listener` when something is given to others that was not before, or the other way round. Returns what ends that. */
  onServing(listener: () => void): () => void {
    this.#servingListeners.add(listener)
    return () => void this.#servingListeners.delete(listener)
  }

  #noteServing({ id, serves }: Transfer): void {
    if (this.#served.has(id) === serves) return
    if (serves) this.#served.add(id)
    else this.#served.delete(id)
    for (const listener of [...this.#servingListeners]) listener()
  }

  /** By link, by name, or by the first digits of an info hash. Throws `content.unknown`. */
  find(content: string): Transfer {
    return this.#transfers.find(content)
  }

  #idOf(content: string): string {
    return (this.#cids.find(content) ?? this.find(content)).id
  }

  *#rows(): Generator<WatchRow> {
    for (const transfer of this.#transfers) yield watchRow(transfer)
    for (const fetch of this.#cids) yield watchRowOf(fetch.snapshot())
  }

  *#measured(): Generator<Measured> {
    for (const transfer of this.#transfers) yield { id: transfer.id, ...transfer.moved }
    for (const { id, bytes } of this.#cids) yield { id, downloaded: bytes, uploaded: 0 }
  }

  /** Whether a root is announced on IPFS for a content. */
  offers({ multihash }: CID): boolean {
    for (const { offeredRoot: root } of this.#transfers)
      if (root !== undefined && equalBytes(parseCid(root).multihash.bytes, multihash.bytes)) return true
    return false
  }

  /** The roots that are announced on IPFS as long as this peer runs, also where that has not begun. */
  *roots(): Generator<string> {
    for (const { record } of this.#transfers)
      if (record.ipfs?.offered === true && !record.paused && record.goal === undefined) yield record.ipfs.cid
  }

  /** A content of which it is known that a CID is the same. */
  #knownAs({ cid, path = [] }: Link): Transfer | undefined {
    if (cid === undefined || path.length > 0) return undefined
    for (const transfer of this.#transfers) if (transfer.record.ipfs?.cid === cid) return transfer
    const { blocks } = this.host.store
    const { multihash } = parseCid(cid)
    const known = blocks
      .contentsOf(parseCid(cid))
      .find(hash => blocks.dagsOf(hash).some(({ root }) => equalBytes(root.multihash.bytes, multihash.bytes)))
    return known === undefined ? undefined : this.#transfers.get(known)
  }

  #policyBefore(stored: StoredContent): Policy | undefined {
    const same = this.#transfers.get(stored.hash)
    const before = same?.record.origin === 'share' ? same : this.#older.of(stored)[0]
    return before && this.host.access.policy(contentResource(before.infoHash))
  }

  /** It was named where it is to be from now on. */
  async #changeNetworks(transfer: Transfer, said: TransferRecord): Promise<void> {
    const { record } = transfer
    if (said.public === undefined) record.public = undefined
    // Its root stays known: whoever fetches it again may ask there.
    record.ipfs = said.ipfs ?? (record.ipfs && { ...record.ipfs, offered: false })
    await transfer.changeNetworks()
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

  /** The same, read already: where it has many files, a thread does that. */
  async #loaded(transfer: Transfer): Promise<NonNullable<Transfer['stored']>> {
    const stored = this.#withMetadata(transfer)
    await stored.load()
    return stored
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
}
