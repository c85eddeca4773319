import type { CID } from 'multiformats/cid'
import { type Access, contentResource } from '../access/index.ts'
import { PeerageError, type Timer, toHex, type World } from '../base/index.ts'
import { parseCid } from '../content/index.ts'
import type { Denylists, IpfsNetwork } from '../ipfs/index.ts'
import type { Files } from '../services/files/index.ts'
import type { Pin, Store } from '../store/index.ts'
import type { EventStream } from './events.ts'
import { isPublic } from './gateway.ts'

export interface AnnouncedPinsParts {
  readonly world: World
  readonly store: Pick<Store, 'blocks'>
  readonly access: Pick<Access, 'check' | 'onChanged'>
  readonly ipfs: Pick<IpfsNetwork, 'provide' | 'provideOnly' | 'withdraw' | 'routing'> | undefined
  readonly denylists: Pick<Denylists, 'onChanged'>
  readonly files: Pick<Files, 'offers' | 'roots' | 'serves' | 'onServing' | 'denialsChanged'>
  readonly events: Pick<EventStream, 'emit'>
}

/** Thousands of shares that are paused one after the other are one change. */
const settleMs = 50

/** Whoever pins something helps to keep it in the network: others are told that it is here, as long as it is given to everybody. */
export class AnnouncedPins {
  readonly #parts: AnnouncedPinsParts
  #ends: (() => void)[] = []
  #soon: Timer | undefined

  constructor(parts: AnnouncedPinsParts) {
    this.#parts = parts
  }

  /** All of it is here. It is pinned even where it cannot be announced. */
  add({ root }: Pin): void {
    const { ipfs, events } = this.#parts
    if (ipfs === undefined || !this.#keepsAnnounced(root)) return
    try {
      ipfs.provide(String(root))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      events.emit({ type: 'error.occurred', code: error.code, message: error.message })
    }
  }

  /** A share or a pin of it is no more. Another of the same goes on being announced. */
  remove(root: CID): void {
    const { files, ipfs } = this.#parts
    if (!files.offers(root) && !this.#keepsAnnounced(root)) ipfs?.withdraw(String(root))
  }

  /** After what happened while nobody was told: only what is offered or pinned now stays announced. From now on it follows what changes. */
  begin(): void {
    const { world, store, access, files, ipfs, denylists } = this.#parts
    if (ipfs === undefined) return
    const contents = contentResource(new Uint8Array(0))
    const lookSoon = (): void => {
      this.#soon ??= world.after(settleMs, () => this.#look())
    }
    this.#ends = [
      files.onServing(lookSoon),
      access.onChanged(resource => {
        if (resource === undefined || resource.startsWith(contents)) lookSoon()
      }),
      denylists.onChanged(() => {
        files.denialsChanged()
        ipfs.routing.retry()
        lookSoon()
      }),
    ]
    // Whoever announces nothing need not look what is pinned.
    if (ipfs.routing.status.providing === 0) return
    const pinned = store.blocks.pins().filter(({ root }) => this.#keepsAnnounced(root))
    ipfs.provideOnly([...files.roots(), ...pinned.map(({ root }) => String(root))])
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
    this.#soon?.cancel()
  }

  /** What is given to everybody may be other things than before. */
  #look(): void {
    this.#soon = undefined
    const { store, files, ipfs } = this.#parts
    if (ipfs === undefined || !store.blocks.isUsed) return
    const pins = store.blocks.pins()
    if (pins.length === 0) return
    const shared = new Set(Array.from(files.roots(), root => toHex(parseCid(root).multihash.bytes)))
    for (const { root } of pins) {
      const isAnnounced = ipfs.routing.announcedAt(root) !== undefined
      const keeps = this.#keepsAnnounced(root)
      if (keeps && !isAnnounced) this.#provide(root)
      else if (!keeps && isAnnounced && !shared.has(toHex(root.multihash.bytes))) ipfs.withdraw(String(root))
    }
  }

  /** Whoever pinned it was told why it cannot be announced, if so; `pins` says what a denylist says. */
  #provide(root: CID): void {
    try {
      this.#parts.ipfs?.provide(String(root))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }

  /** A pin has all of it, and all of that is given to everybody now. */
  #keepsAnnounced(root: CID): boolean {
    const { store, access, files } = this.#parts
    const pin = store.blocks.pinOf(root)
    if (pin?.isWhole !== true || !isPublic(access, store.blocks, root)) return false
    return pin.contents.every(infoHash => files.serves(infoHash))
  }
}
