import { toHex } from '../../../base/index.ts'
import type { FilesHost } from '../host.ts'
import type { GetInput, WishInput } from '../inputs.ts'
import type { Transfer } from '../transfer.ts'
import type { Transfers } from '../transfers.ts'
import { rowOf, type ShareRow, sharesOf } from './browse.ts'
import { findPerson } from './find-person.ts'
import { type FoundShare, namedShare, splitName } from './named-share.ts'
import { ShareLists } from './share-lists.ts'
import { Wishes, type WishRow } from './wishes.ts'

/** What others share with this peer, and what they are told of what it shares. */
export class Browsing {
  readonly #host: FilesHost
  readonly #transfers: Transfers
  readonly #wishes: Wishes
  #lists: ShareLists | undefined

  constructor(host: FilesHost, transfers: Transfers) {
    this.#host = host
    this.#transfers = transfers
    this.#wishes = new Wishes(host, transfers)
  }

  start(): void {
    this.#lists = new ShareLists(this.#host, this.#transfers)
    this.#wishes.start()
  }

  stop(): void {
    this.#lists?.stop()
    this.#wishes.stop()
  }

  /** What is shared here changed. */
  changed(): void {
    this.#lists?.changed()
  }

  /** The user removed a content: it is not to come back by itself. */
  removed(infoHash: string): void {
    this.#wishes.forget(infoHash)
    this.changed()
  }

  /** What a contact shares with this peer. */
  async shares(contact: string, signal: AbortSignal): Promise<ShareRow[]> {
    const person = findPerson(this.#host, contact)
    const shares = await sharesOf(this.#host, person, signal)
    return shares.map(share => rowOf(this.#host, person, share, this.#transfers.get(toHex(share.infoHash))))
  }

  /** A share that is being fetched is kept up to date from now on, where it goes now. */
  keep({ person, share }: FoundShare, { record }: Transfer, { choose }: GetInput): void {
    const into = record.into ?? this.#usualFolder
    this.#wishes.add(person, { name: share.name, into, ...(choose && { choose }) }, share)
  }

  /** Keeps a share of a contact up to date, from the first version on that it has. */
  wish({ share, into, choose }: WishInput): WishRow {
    const { person, name } = namedShare(this.#host, share)
    return this.#wishes.add(person, { name, into: into ?? this.#usualFolder, ...(choose && { choose }) })
  }

  unwish(share: string): { share: string; was: boolean } {
    const { contact, name } = splitName(share)
    return { share, was: this.#wishes.remove(contact, name) }
  }

  wishes(): WishRow[] {
    return this.#wishes.rows()
  }

  get #usualFolder(): string {
    return this.#host.config.downloads || '.'
  }
}
