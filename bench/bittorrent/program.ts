import type { Child } from '../child.ts'

export type TorrentVersion = 'v1' | 'v2'

/** One end of one transfer. */
export interface TorrentPlace {
  /** The metadata file. */
  readonly torrent: string
  /** Where the content lies, or shall lie. */
  readonly folder: string
  /** An empty folder for what the program keeps. */
  readonly home: string
  /** Nothing but connections encrypted with RC4. Neither side encrypts otherwise. */
  readonly encrypted: boolean
  /** Whether the seed announces itself to the tracker that the metadata file names. */
  readonly tracker: boolean
}

/** A BitTorrent program that can be at either end. */
export interface TorrentProgram {
  readonly name: string
  readonly versions: readonly TorrentVersion[]
  readonly encrypts: boolean
  /** It cannot be told addresses as a receiver: only the tracker leads it to the seed. */
  readonly needsTracker: boolean
  missing(): string | undefined
  /** Done when it serves the content. */
  seed(place: TorrentPlace): Promise<TorrentSeed>
  /** Done when it is up and idle. */
  receiver(place: TorrentPlace): Promise<TorrentReceiver>
}

export interface TorrentSeed extends AsyncDisposable {
  readonly process: Pick<Child, 'pid'>
  /** `host:port` on which it listens. */
  readonly endpoint: string
}

export interface TorrentReceiver extends AsyncDisposable {
  readonly process: Pick<Child, 'pid'>
  /** Hands it the metadata file and the address of the seed; done when it says that all is there. */
  fetch(from: string): Promise<void>
}
