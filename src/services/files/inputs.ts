import type { BoundsText } from '../../access/index.ts'
import type { Audience } from './audience.ts'
import type { TransferSettings } from './settings.ts'
import type { TransferSnapshot } from './snapshot.ts'

export interface WishInput {
  /** CONTACT/NAME. */
  share: string
  into?: string | undefined
  choose?: string[] | undefined
}

export interface ShareInput extends BoundsText {
  path: string
  /** As it was shared before, else whoever has the secret. */
  who?: string[] | undefined
  pieceLength?: number | undefined
  hybrid?: boolean | undefined
  /** Also on the public BitTorrent network. */
  public?: boolean | undefined
  /** Networks with commas between them: see `NetworkName`. */
  on?: string | undefined
  tracker?: string[] | undefined
  webSeed?: string[] | undefined
  private?: boolean | undefined
  /** Offered to nobody until it is resumed. */
  paused?: boolean | undefined
  comment?: string | undefined
  /** Makes another info hash for the same files. */
  source?: string | undefined
  /** Who may have it stays as it is when it is offered already. */
  keepPolicy?: boolean | undefined
}

export interface SetInput {
  content: string
  up?: number | undefined
  down?: number | undefined
  sequential?: boolean | undefined
  firstLast?: boolean | undefined
  superSeed?: boolean | undefined
  ratio?: number | undefined
  minutes?: number | undefined
  forced?: boolean | undefined
  position?: number | undefined
}

/** URLs to add to or remove from what is known of a public content. */
export interface EditInput {
  content: string
  addTracker?: string[] | undefined
  removeTracker?: string[] | undefined
  addWebSeed?: string[] | undefined
  removeWebSeed?: string[] | undefined
}

export interface ExportInput {
  content: string
  path: string
  overwrite: boolean
}

/** While hashing: how far. The last one is the share. */
export type ShareUpdate =
  | { readonly phase: 'hashing'; readonly bytes: number; readonly totalBytes: number; readonly files: number }
  | Share

export interface Share {
  readonly phase: 'shared'
  readonly infoHash: string
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly files: number
  readonly link: string
  readonly magnet: string
  /** Its root on IPFS, while it is offered there. */
  readonly cid?: string
  readonly who: readonly string[]
  /** The same and the limits, in words with the names that the user gave. */
  readonly audience: readonly Audience[]
}

export interface GetInput {
  link: string
  into?: string | undefined
  overwrite?: boolean | undefined
  choose?: string[] | undefined
  timeout?: number | undefined
  /** Not begun until it is resumed. */
  paused?: boolean | undefined
  /** Answers at once; it goes on. */
  background?: boolean | undefined
  /** Keep it up to date from now on: a share by its name only. */
  keep?: boolean | undefined
  /** Whose share it is, when `link` is only its name. */
  from?: string | undefined
}

/** A pin whose blocks lie in the files of a content. */
export interface LeaningPin {
  readonly cid: string
  readonly name?: string
}

export interface Removed {
  readonly infoHash: string
  /** Pins on IPFS that leaned on its files and are not whole any more, until they are pinned again. */
  readonly pins?: readonly LeaningPin[]
}

export interface Details extends TransferSnapshot {
  readonly link: string
  readonly magnet?: string
  /** Its name on IPFS. */
  readonly cid?: string
  /** Pins on IPFS that lean on its files: `remove` takes their blocks away, too. */
  readonly pins?: readonly LeaningPin[]
  readonly who: readonly string[]
  readonly audience: readonly Audience[]
  readonly pieceLength?: number
  readonly pieces?: number
  /** What the user set for it alone. */
  readonly settings?: TransferSettings
  /** Whole copies among this peer and those that are connected, and the part of one more. */
  readonly copies?: number
}

export interface ChooseInput {
  content: string
  choose?: string[] | undefined
  skip?: string[] | undefined
  high?: string[] | undefined
  low?: string[] | undefined
  normal?: string[] | undefined
}

export interface VerifyUpdate {
  readonly infoHash: string
  readonly name: string
  readonly bytes: number
  readonly totalBytes: number
  /** With the last one: how many pieces are not what they should be. */
  readonly badPieces?: number
}

export interface CatInput {
  content: string
  file?: string | undefined
  offset: number
  length?: number | undefined
  /** Seconds for which nothing of a CID may come. */
  timeout: number
}
