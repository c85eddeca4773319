import type { Child, Starter } from '../child.ts'

export type TorrentVersion = 'v1' | 'v2'

/** One peer: where it runs, and what it shall do there. */
export interface TorrentPlace {
  /** IPv4 address on which it listens. */
  readonly address: string
  /** Starts processes where that address is. */
  readonly start: Starter
  /** The metadata file. */
  readonly torrent: string
  /** Where the content lies, or shall lie. */
  readonly folder: string
  /** An empty folder for what the program keeps. */
  readonly home: string
  /** Nothing but connections encrypted with RC4. Neither side encrypts otherwise. */
  readonly encrypted: boolean
  /** Nothing but uTP; otherwise nothing but TCP. */
  readonly utp: boolean
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
  readonly process: Pick<Child, 'pid' | 'kill'>
  /** `host:port` on which it listens. */
  readonly endpoint: string
}

export interface TorrentReceiver extends AsyncDisposable {
  readonly process: Pick<Child, 'pid'>
  readonly endpoint: string
  /** Hands it the metadata file and the addresses of others; done when it says that all is there. */
  fetch(from: readonly string[]): Promise<void>
}
