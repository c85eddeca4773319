import type { Lab } from '../../lab/lab.ts'

/** Which info hashes a torrent has: SHA-1, SHA-256 or both. */
export type TorrentVersion = 'v1' | 'v2' | 'hybrid'

/** How a peer is restricted. What is left out has the default of the program. */
export interface PeerOptions {
  /** Nothing but encrypted connections; false: none of them, where a program can be kept from it. */
  readonly encrypted?: boolean
  /** Nothing but uTP; a program that cannot go without TCP at least has uTP switched on. */
  readonly utpOnly?: boolean
  readonly lsd?: boolean
  readonly pex?: boolean
  /** `host:port` of nodes to begin with; without it there is no DHT. */
  readonly dht?: readonly string[]
  /** Ask trackers. On unless false. */
  readonly trackers?: boolean
}

/** Where a peer runs. */
export interface Place {
  readonly lab: Lab
  readonly host: number
  /** An empty folder for what the program keeps. */
  readonly home: string
  /** Address of the host, IPv6 on hosts without IPv4. */
  readonly address: string
}

/** What a peer is told of a content: a metadata file or a magnet link, and perhaps where others are. */
export interface Source {
  readonly torrent?: string
  readonly magnet?: string
  /** `host:port`; only for programs that can be told. */
  readonly peers?: readonly string[]
}

/** A BitTorrent program in a process of its own on a host of the lab. */
export interface BitTorrentPeer extends AsyncDisposable {
  /** `host:port` on which it listens. */
  readonly endpoint: string
  /** Serves what lies in `folder`; done when it does. */
  seed(torrent: string, folder: string): Promise<void>
  /** Fetches into `folder`; done when all is there. */
  fetch(source: Source, folder: string): Promise<void>
  /** What it has to say about its doings, for failure messages. */
  log(): Promise<string>
}

/** A program that can be on the other side. */
export interface Program {
  readonly name: string
  readonly versions: readonly TorrentVersion[]
  /** It cannot serve a hybrid of which no pad files lie on disk. */
  readonly needsPadFiles?: boolean
  missing(): string | undefined
  start(place: Place, options: PeerOptions): Promise<BitTorrentPeer>
}

/** How long anything may take here; whatever takes longer hangs. */
export const patienceMs = 40_000
