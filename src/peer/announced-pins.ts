import type { CID } from 'multiformats/cid'
import type { Access } from '../access/index.ts'
import { PeerageError } from '../base/index.ts'
import type { IpfsNetwork } from '../ipfs/index.ts'
import type { Files } from '../services/files/index.ts'
import type { Pin, Store } from '../store/index.ts'
import type { EventStream } from './events.ts'
import { isPublic } from './gateway.ts'

export interface AnnouncedPinsParts {
  readonly store: Pick<Store, 'blocks'>
  readonly access: Access
  readonly ipfs: Pick<IpfsNetwork, 'provide' | 'provideOnly' | 'withdraw' | 'routing'> | undefined
  readonly files: Pick<Files, 'offers' | 'roots' | 'serves'>
  readonly events: Pick<EventStream, 'emit'>
}

/** Whoever pins something helps to keep it in the network: others are told that it is here, unless it is not for everybody. */
export class AnnouncedPins {
  readonly #parts: AnnouncedPinsParts

  constructor(parts: AnnouncedPinsParts) {
    this.#parts = parts
  }

  /** All of it is here. It is pinned even where it cannot be announced. */
  add({ root }: Pin): void {
    const { store, access, ipfs, events } = this.#parts
    if (ipfs === undefined || !isPublic(access, store.blocks, root)) return
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

  /** After what happened while nobody was told: only what is offered or pinned now stays announced. */
  begin(): void {
    const { store, files, ipfs } = this.#parts
    // Whoever announces nothing need not look what is pinned.
    if (ipfs === undefined || ipfs.routing.status.providing === 0) return
    const pinned = store.blocks.pins().filter(({ root }) => this.#keepsAnnounced(root))
    ipfs.provideOnly([...files.roots(), ...pinned.map(({ root }) => String(root))])
  }

  /** A pin has all of it, and all of that is given to everybody now. */
  #keepsAnnounced(root: CID): boolean {
    const { store, access, files } = this.#parts
    const pin = store.blocks.pinOf(root)
    if (pin?.isWhole !== true || !isPublic(access, store.blocks, root)) return false
    return pin.contents.every(infoHash => files.serves(infoHash))
  }
}
