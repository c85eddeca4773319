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
  readonly ipfs: Pick<IpfsNetwork, 'provide' | 'withdraw'> | undefined
  readonly files: Pick<Files, 'offers'>
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

  /** A share of the same goes on being announced. */
  remove(root: CID): void {
    if (!this.#parts.files.offers(root)) this.#parts.ipfs?.withdraw(String(root))
  }
}
