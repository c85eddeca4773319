import type { Bencoded, Dictionary } from '../../../wire/index.ts'
import type { TransferSettings } from '../settings.ts'

/** One torrent of another program: what it says of where things are and how far they are. None of it is believed. */
export interface ResumeData {
  /** Of the `.torrent` file, or enough of one. */
  readonly torrent: Uint8Array
  /** Folder that holds the file or folder of the content. */
  readonly folder: string
  /** Paths below `folder` by the number of the file in the torrent, padding counted; missing or empty: as the torrent says. */
  readonly paths?: readonly string[] | undefined
  /** The name of the file or folder, when it was renamed. */
  readonly name?: string | undefined
  /** By the number of the file in the torrent, padding counted. */
  readonly priorities?: readonly Wanted[] | undefined
  readonly isComplete: boolean
  /** What files that are not whole are called behind their name. */
  readonly partSuffixes: readonly string[]
  readonly paused: boolean
  readonly trackers?: readonly (readonly string[])[] | undefined
  readonly webSeeds?: readonly string[] | undefined
  readonly uploaded: number
  readonly downloaded: number
  readonly seedingMs: number
  /** Milliseconds since 1970. */
  readonly addedAt?: number | undefined
  readonly completedAt?: number | undefined
  readonly settings: TransferSettings
}

export type Wanted = 'skip' | 'low' | 'normal' | 'high'

/** A torrent of another program, still to be read. */
export interface Importable {
  /** How it is called in messages: a file name. */
  readonly label: string
  /** Throws a `PeerageError` when its files are damaged or missing. */
  read(): Promise<ResumeData>
}

/** Bytes as text; what is no UTF-8 comes out garbled, and then names no file. */
export function textOf(value: Bencoded | undefined): string | undefined {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined
}

export function numberOf(value: Bencoded | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

export function numbersOf(value: Bencoded | undefined): readonly number[] | undefined {
  return Array.isArray(value) ? value.map(one => numberOf(one) ?? 0) : undefined
}

export function textsOf(value: Bencoded | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(one => textOf(one) ?? '') : undefined
}

/** Seconds since 1970 as milliseconds; 0 and less mean that it has not happened. */
export function timeOf(value: Bencoded | undefined): number | undefined {
  const seconds = numberOf(value) ?? 0
  return seconds > 0 ? seconds * 1000 : undefined
}

/** A rate in bytes per second; 0 and less mean none. */
export function rateOf(dictionary: Dictionary, key: string): number | undefined {
  const rate = numberOf(dictionary.get(key)) ?? 0
  return rate > 0 ? rate : undefined
}
