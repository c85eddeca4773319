declare module 'webtorrent-fixtures' {
  /** What `parse-torrent` says, as far as we look at it. */
  interface ParsedTorrent {
    readonly infoHash: string
    readonly name: string
    readonly private?: boolean
    readonly length: number
    readonly pieceLength: number
    readonly pieces: readonly string[]
    readonly files: readonly { readonly path: string; readonly length: number }[]
    readonly announce: readonly string[]
    readonly urlList: readonly string[]
  }

  interface Fixture {
    readonly contentPath?: string
    readonly torrent: Uint8Array
    readonly parsedTorrent: ParsedTorrent
    readonly magnetURI: string
  }

  const fixtures: Readonly<
    Record<
      'leaves' | 'alice' | 'folder' | 'numbers' | 'lotsOfNumbers' | 'bunny' | 'sintel' | 'leavesMetadata',
      Fixture
    >
  > & {
    readonly corrupt: { readonly torrent: Uint8Array }
    readonly blocklist: { readonly path: string; readonly gzipPath: string }
  }
  // biome-ignore lint/style/noDefaultExport: the package has it so.
  export default fixtures
}
