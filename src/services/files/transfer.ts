import { PeerageError, toHex } from '../../base/index.ts'
import type { Link } from '../../content/index.ts'
import type { PeerStream } from '../../network/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { DiscoveryStatus, PublicMembership, Swarm, SwarmEvent } from '../../swarm/index.ts'
import { applySettings } from './apply-settings.ts'
import type { Goal } from './goals.ts'
import type { FilesHost } from './host.ts'
import { IpfsPart } from './ipfs-part.ts'
import { rememberLink, rememberMember } from './members.ts'
import { Membership, type Welcome } from './membership.ts'
import { News } from './news.ts'
import { Placement } from './placement.ts'
import { PublicPart } from './public-part.ts'
import type { TransferRecord } from './record.ts'
import type { TransferSettings } from './settings.ts'
import type { Problem, QueuePlace, TransferState } from './snapshot.ts'
import { mayStrangersRead } from './stays.ts'
import type { Inherited, Tally } from './tally.ts'

export interface TransferParts {
  readonly host: FilesHost
  readonly infoHash: Uint8Array
  readonly record: TransferRecord
  readonly tally: Tally
  /** It began, ended or changed in whatever way: others may have to wait now, or may go on. */
  onChange(): void
  save(record: TransferRecord): void
  /** It is only asked what it is: the info dictionary gets no place on disk, but is told. */
  onMetadata?(info: Uint8Array): void
  /**
   * Its link named only the SHA-1 of what turned out to be hybrid content, whose name is the SHA-256: another transfer goes
   * on with it.
   */
  succeed(transfer: Transfer, infoHash: Uint8Array, info: Uint8Array): Transfer
}

/**
 * One content on its way: from a link to metadata, to a place on disk, to a swarm, to done; and then offered to others. A
 * swarm exists only while there is something to fetch or somebody to serve: a thousand idle shares cost a thousand records.
 */
export class Transfer {
  readonly infoHash: Uint8Array
  readonly id: string
  readonly record: TransferRecord
  /** Some of it could not be read from disk, and is not offered until somebody looks again. */
  isDoubtful = false
  /** Where it stands in the queue, whether it waits there or runs; undefined: it is not in it. 0 is the front. */
  queuePlace: number | undefined
  /** Who goes on with it, see `TransferParts.succeed`. */
  successor: Transfer | undefined
  readonly #parts: TransferParts
  readonly #host: FilesHost
  readonly #listeners = new Set<() => void>()
  readonly #placement: Placement
  #membership: Membership | undefined
  readonly #public: PublicPart
  readonly #ipfs: IpfsPart
  #problem: PeerageError | undefined
  /** What a link said while nothing was asked of anybody. */
  #unasked: Link | undefined
  /** Its place in the queue, while it has to wait there. */
  #waits: QueuePlace | undefined
  #stopped = false
  #isHeld = false
  readonly #news: News

  constructor(parts: TransferParts) {
    this.#parts = parts
    this.#host = parts.host
    this.infoHash = parts.infoHash
    this.id = toHex(parts.infoHash)
    this.record = parts.record
    this.#news = new News(parts.host, this.id)
    this.#placement = new Placement({
      ...parts,
      watcher: {
        infoHash: this.id,
        emit: event => this.#host.emit(event),
        completed: () => this.#completed(),
        failed: error => this.#fail(error),
        changed: error => this.#tell(error),
      },
      isStopped: () => this.#stopped,
      save: () => this.#save(),
      ready: stored => this.#ready(stored),
      incomplete: () => this.renew(),
      failed: error => this.#fail(error),
      onChange: () => this.#changed(),
      succeed: (infoHash, info) => {
        this.successor = parts.succeed(this, infoHash, info)
      },
    })
    this.#ipfs = new IpfsPart({ host: parts.host, record: parts.record, stored: () => this.stored })
    this.#public = new PublicPart({
      network: parts.host.publicNetwork,
      infoHash: parts.infoHash,
      record: parts.record,
      tally: parts.tally,
      stored: () => this.stored,
      known: () => (this.#placement.isAtHand ? this.stored : undefined),
      isPlacing: () => this.#placement.isBusy,
      running: () => this.swarm,
      wants: () => !(this.#stopped || this.record.paused || this.isComplete),
      moved: () => this.moved,
      join: () => this.#joinPublicly(),
    })
  }

  get stored(): StoredContent | undefined {
    return this.#placement.stored
  }

  get swarm(): Swarm | undefined {
    return this.#membership?.swarm
  }

  get isComplete(): boolean {
    return this.stored?.isComplete ?? false
  }

  get state(): TransferState {
    if (this.#problem !== undefined) return 'failed'
    if (this.record.paused || this.record.goal !== undefined) return 'paused'
    if (this.#waits !== undefined) return 'queued'
    if (this.stored === undefined) return 'finding'
    if (this.isComplete) return 'complete'
    if (this.#placement.isBusy) return 'checking'
    return (this.swarm?.peerCount ?? 0) > 0 ? 'fetching' : 'finding'
  }

  /** Whether it is given to those who may have it now: it is not paused, has not reached its goal, and nothing is wrong with it. */
  get serves(): boolean {
    return !this.record.paused && this.record.goal === undefined && this.#problem === undefined
  }

  /** What it would do if it may: what the queue is about. Friends are served whatever the queue says. */
  get wants(): 'download' | 'seed' | 'nothing' {
    const { record } = this
    if (this.#stopped || record.paused || this.#problem !== undefined) return 'nothing'
    // Where everybody refuses nothing is to be had: it takes no place from others.
    if (!this.isComplete) return this.isRefused ? 'nothing' : 'download'
    return record.public !== undefined && record.goal === undefined ? 'seed' : 'nothing'
  }

  get waits(): QueuePlace | undefined {
    return this.#waits
  }

  /** Payload bytes over all runs. */
  get moved(): { readonly downloaded: number; readonly uploaded: number } {
    return this.#parts.tally.moved(this.swarm?.stats())
  }

  get seedingMs(): number {
    return this.#parts.tally.seedingMs
  }

  get problem(): Problem | undefined {
    return this.#problem?.toJSON()
  }

  get failure(): PeerageError | undefined {
    return this.#problem
  }

  /** Our part in a public network, when it is public and runs. */
  get publicMembership(): PublicMembership | undefined {
    return this.#public.membership
  }

  get isOnPublicNetwork(): boolean {
    return this.record.public !== undefined || this.record.ipfs?.offered === true
  }

  /** The root that it announces on IPFS now. */
  get offeredRoot(): string | undefined {
    return this.#ipfs.offered
  }

  /** Announces it on each public network that it is on, and looks for others there, at once. */
  announce(): void {
    this.#public.membership?.hurry()
    this.#ipfs.announce()
  }

  /** What may not be announced on IPFS is other things than before. */
  reconsider(): void {
    if (this.#ipfs.offered === undefined) this.start()
  }

  /** How it goes on each public network that it is on. */
  discovery(): DiscoveryStatus[] {
    return [...(this.#public.membership?.status() ?? []), ...this.#ipfs.status()]
  }

  /** On which networks it is was changed in the record. */
  async changeNetworks(): Promise<void> {
    this.#ipfs.leave()
    if (this.record.public === undefined) await this.#public.leave('It is not public any more.')
    else this.#public.membership?.changed()
    this.#save()
    this.start()
    this.#changed()
  }

  /** Every peer that the link named refused, and nobody else is there. */
  get isRefused(): boolean {
    return this.#membership?.isRefused ?? false
  }

  /** Somebody refused, and nobody accepted so far. */
  get wasRefused(): boolean {
    return this.#membership?.wasRefused ?? false
  }

  /** When something last arrived, in the world's monotonic milliseconds. */
  get lastNews(): number {
    return this.#news.last
  }

  streamOf(peer: string): PeerStream | undefined {
    return this.#membership?.streamOf(peer)
  }

  /** Calls back after anything changed. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Begins or goes on, unless it is paused or there is nothing to do. */
  start(): void {
    if (this.#isAway || this.record.paused || this.#host.network === undefined) return
    this.#placement.watch()
    if (this.#waits !== undefined || this.#problem !== undefined) return
    if (this.record.goal === undefined) {
      // The public network has to know whether it is private, but nobody waits for that.
      if (this.stored !== undefined && this.record.public !== undefined && !this.#placement.isAtHand)
        void this.#placement.whenReady(this.stored)
      this.#public.start()
      this.#ipfs.start()
    }
    if (this.isComplete) return
    const membership = this.#join()
    membership.addPeers(this.record.peers)
    if (this.#unasked !== undefined) membership.learn(this.#unasked)
    this.#unasked = undefined
    membership.run()
  }

  /** Adds what a link says: peers to ask. */
  learn(link: Link): void {
    if (link.kind !== 'magnet') this.#learnMembers(link)
    else {
      this.#public.membership?.addPeers(link.peers)
      if (link.members !== undefined) this.#learnMembers({ ...link, peers: link.members })
    }
  }

  addPeers(addresses: readonly string[]): void {
    this.#membership?.addPeers(addresses)
  }

  /** The metadata is known: makes room on disk and attaches it to the swarm. Once at a time; errors end in `failure`. */
  place(info: Uint8Array, layers?: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return this.#placement.place(info, layers)
  }

  /** It is complete and asked for again: perhaps its files are gone or were changed meanwhile. */
  async lookAgain(into: string | undefined): Promise<void> {
    await this.#placement.lookAgain(into)
    if (this.isComplete && !this.#isAway && !this.record.paused) this.#ipfs.lookAgain()
  }

  /** What the store has is no longer what the swarm believes. */
  renew(): void {
    this.#leave('looked at again')
    this.start()
    this.#changed()
  }

  /** The queue lets it wait at that place, or run. Who has all of it goes on serving friends. */
  wait(place: QueuePlace | undefined): void {
    const before = this.#waits
    if (before?.reason === place?.reason && before?.position === place?.position) return
    this.#waits = place
    if (place === undefined) {
      this.#news.came()
      this.start()
    } else if (before === undefined) {
      if (!this.isComplete) this.#leave('queued')
      this.#leavePublic('It waits in the queue.')
    }
    this.#changed()
  }

  /** As much was given as was wanted: the public network is left, until somebody says otherwise. */
  reached(goal: Goal, ratio: number): void {
    this.record.goal = goal
    this.#save()
    this.#leavePublic('Enough was given.')
    const seedingMinutes = Math.floor(this.seedingMs / 60_000)
    this.#host.emit({ type: 'transfer.goal-reached', infoHash: this.id, goal, ratio, seedingMinutes })
    this.#changed()
  }

  pause(): void {
    this.record.paused = true
    this.#save()
    this.#leave('paused')
    this.#leavePublic('paused')
    this.#host.emit({ type: 'transfer.paused', infoHash: this.id })
    this.#changed()
  }

  resume(): void {
    this.record.paused = false
    this.#forgetGoal()
    this.isDoubtful = false
    this.#problem = undefined
    this.#news.came()
    this.#save()
    this.stored?.resume()
    this.#leave('resumed')
    this.#host.emit({ type: 'transfer.resumed', infoHash: this.id })
    this.start()
    this.#changed()
  }

  /** What is wanted changed: tells the swarm, and begins again when there is something to fetch. */
  choiceChanged(): void {
    const { stored } = this
    if (stored === undefined) return
    this.#applySettings()
    if (this.record.origin === 'download') this.#placement.describe(stored)
    this.start()
    this.#changed()
  }

  /** What the user set for this transfer alone changed. */
  adjust(said: Partial<TransferSettings>): void {
    const { record } = this
    record.settings = { ...record.settings, ...said }
    // Looked at anew: perhaps it is to give more now.
    if (said.ratio !== undefined || said.seedingMinutes !== undefined) record.goal = undefined
    this.#save()
    this.#applySettings()
    if (this.#public.membership === undefined) this.start()
    this.#changed()
  }

  /** A peer opened a stream and proved that it may read this. False: nobody is served now, refuse as if there were nothing. */
  welcome(stream: PeerStream, welcome: Welcome, rest: Uint8Array): boolean {
    if (this.#isAway || this.record.paused || this.#problem !== undefined) return false
    if (this.#waits !== undefined && !this.isComplete) return false
    if (this.stored === undefined && this.#membership === undefined) return false
    this.#placement.watch()
    return this.#join().welcome(stream, welcome, rest)
  }

  /** Nobody fetches or is served until `adopt`: its files get another place. */
  async hold(): Promise<void> {
    this.#isHeld = true
    await this.#placement.settled()
    this.#leave('its files are moved')
    this.#changed()
  }

  /** It goes on with its files where `stored` has them. */
  async adopt(stored: StoredContent): Promise<void> {
    this.#isHeld = false
    if (stored !== this.stored) {
      this.#leave('its files were moved')
      this.#placement.moveTo(stored)
    }
    await this.#placement.whenReady(stored)
    this.start()
  }

  /** What it announces on IPFS stays announced until it is forgotten: it goes on after a restart. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#leave('stopped')
    await Promise.all([this.#placement.settled(), this.#public.leave('stopped')])
  }

  forget(): void {
    this.#ipfs.leave()
    this.#parts.tally.forget()
  }

  inherit(before: Inherited): void {
    this.#parts.tally.inherit(before)
  }

  /** Writes down what was moved so far. */
  flush(): void {
    const { swarm } = this
    if (swarm !== undefined) this.#parts.tally.count(swarm.stats())
    this.#parts.tally.flush()
  }

  /** Whom a link names is asked when it begins, also when that is another day. */
  #learnMembers(link: Link): void {
    rememberLink(this.record, link)
    this.#save()
    if (this.#membership === undefined) this.#unasked = link
    else this.#membership.learn(link)
  }

  /** Stopped, or without its files for the moment. */
  get #isAway(): boolean {
    return this.#stopped || this.#isHeld
  }

  /** Our part in the swarm, begun when there is none. */
  #join(): Membership {
    if (this.#membership !== undefined) return this.#membership
    const membership = new Membership({
      host: this.#host,
      infoHash: this.infoHash,
      wants: () => !this.isComplete,
      onEvent: event => this.#onSwarm(membership.swarm, event),
      onChange: () => this.#changed(),
    })
    this.#membership = membership
    const { stored } = this
    if (stored !== undefined && this.#placement.isReady) this.#attach(membership.swarm, stored)
    else if (stored !== undefined) void this.#placement.whenReady(stored)
    return membership
  }

  /** What the store has may be believed. */
  #ready(stored: StoredContent): void {
    const { swarm } = this
    if (swarm !== undefined && swarm.content === undefined) this.#attach(swarm, stored)
    this.#news.came()
  }

  /** Our part in the swarm ends; on the public network it is announced still. */
  #leave(reason: string): void {
    this.#ipfs.end()
    this.#leaveSwarm(reason)
  }

  #leaveSwarm(reason: string): void {
    const membership = this.#membership
    this.#membership = undefined
    this.#ipfs.part()
    if (membership === undefined) return
    this.#parts.tally.count(membership.swarm.stats(), true)
    this.#parts.tally.flush()
    membership.close(reason)
  }

  /** It is not announced and fetched there any more; friends stay. */
  #leavePublic(reason: string): void {
    this.#ipfs.leave()
    void this.#public.leave(reason)
  }

  /** Whoever resumes what has given enough wants it to go on without end. */
  #forgetGoal(): void {
    const { goal, settings } = this.record
    this.record.goal = undefined
    if (goal !== undefined) this.record.settings = { ...settings, ratio: 0, seedingMinutes: 0 }
  }

  #joinPublicly(): Swarm | undefined {
    if (this.#isAway || this.record.paused || this.#problem !== undefined) return undefined
    if (this.#waits !== undefined || this.record.goal !== undefined) return undefined
    if (!mayStrangersRead(this.#host.access, this.infoHash)) return undefined
    this.#placement.watch()
    return this.#join().swarm
  }

  #applySettings(): void {
    const { stored, swarm, record } = this
    if (stored !== undefined && swarm?.content !== undefined) applySettings(swarm, stored, record.settings)
  }

  #attach(swarm: Swarm, stored: StoredContent): void {
    swarm.attach(stored)
    applySettings(swarm, stored, this.record.settings)
    this.#ipfs.join(swarm)
    this.#public.membership?.changed()
  }

  #onSwarm(swarm: Swarm, event: SwarmEvent): void {
    switch (event.type) {
      case 'metadata-received':
        if (this.#parts.onMetadata !== undefined) this.#parts.onMetadata(event.info)
        else void this.place(event.info)
        break
      case 'peer-joined':
        rememberMember(this.record, event.peer, this.#host.network?.knownAddresses(event.peer) ?? [])
        if (!this.isComplete) this.#save()
        this.#changed()
        break
      case 'peer-left':
        if (swarm.peerCount === 0 && this.isComplete) this.#leaveSwarm('nobody is left')
        this.#changed()
        break
      case 'peer-completed':
        this.#host.emit({ type: 'peer.completed', peer: event.peer, infoHash: this.id })
        break
      case 'piece-verified':
        this.#news.progressed(swarm, this.record.totalBytes)
        break
      case 'peer-misbehaved':
        this.#host.emit({ type: 'peer.misbehaved', peer: event.peer, infoHash: this.id, what: event.message })
        break
      case 'address-seen':
        this.#host.network?.reachability.seenBy(event.from.split(' ', 1)[0]!, event.address)
        break
      case 'failed':
        this.#failed(event.error)
    }
  }

  /** A source file that changed or vanished is no reason to stop everything: the rest is still good. */
  #failed(error: PeerageError): void {
    if (error.code !== 'store.source-changed' && error.code !== 'store.source-unreadable') this.#fail(error)
    else {
      this.isDoubtful = true
      this.#tell(error)
    }
  }

  #completed(): void {
    const { record } = this
    if (record.completedAt === undefined) {
      record.completedAt = this.#host.world.wallTime()
      this.#save()
      this.#host.emit({ type: 'transfer.completed', infoHash: this.id, name: record.name })
    }
    this.#public.countSeeding()
    this.#ipfs.part()
    this.#ipfs.start()
    this.#changed()
  }

  #fail(error: unknown): void {
    if (this.#stopped) return
    this.#problem =
      error instanceof PeerageError
        ? error
        : new PeerageError('internal.bug', String(error), { cause: error })
    this.#tell(this.#problem)
    this.#leave('failed')
    this.#leavePublic('failed')
    this.#changed()
  }

  /** Something went wrong that stops nothing. */
  tell(error: unknown): void {
    if (error instanceof PeerageError && !this.#stopped) this.#tell(error)
  }

  #tell(error: PeerageError): void {
    this.#host.emit({ type: 'error.occurred', code: error.code, message: error.message, infoHash: this.id })
  }

  #save(): void {
    this.#parts.save(this.record)
  }

  #changed(): void {
    this.#public.membership?.changed()
    this.#parts.onChange()
    for (const listener of [...this.#listeners]) listener()
  }
}
