/** One file or symbolic link of a content. Padding files (BEP 47) are not among them. */
export interface FileEntry {
  /** Its place in `Content.files`. */
  readonly index: number
  /** Names from the content's root folder down, as the info dictionary has them; for a single file just its name. */
  readonly path: readonly string[]
  /** In bytes; 0 for links. */
  readonly size: number
  /** Root of its hash tree (BEP 52), 32 bytes; absent for empty files, links and v1 content. */
  readonly piecesRoot?: Uint8Array
  /** The `x` attribute of BEP 47; of links only said, never meant. */
  readonly executable?: boolean
  /** The `h` attribute of BEP 47. */
  readonly hidden?: boolean
  /** The target of a link, from the content's root folder (BEP 47). It need not exist. */
  readonly symlink?: readonly string[]
  /** Number of its first piece; of an empty file that of whatever follows. */
  readonly firstPiece: number
  /** How many pieces hold bytes of it. Only v1 content has pieces that several files share. */
  readonly pieceCount: number
  /** Where its bytes start in the one long string that v1 pieces are cut from, padding counted. */
  readonly v1Offset: number
}

/** What an info dictionary says, checked. */
export interface Content {
  /** Name of the file or of the root folder. */
  readonly name: string
  readonly version: 'v2' | 'hybrid' | 'v1'
  /** SHA-256 of `info`, 32 bytes; of v1 content the SHA-1, 20 bytes. */
  readonly infoHash: Uint8Array
  /** SHA-1 of `info`, 20 bytes, where the caller gave it. */
  readonly infoHashV1?: Uint8Array
  /** The info dictionary, byte for byte as it was hashed. */
  readonly info: Uint8Array
  /** In bytes; a power of two from 16 KiB up, except in v1 content. */
  readonly pieceLength: number
  readonly pieceCount: number
  /** Bytes of all files together, padding not counted. */
  readonly totalSize: number
  /** In piece order, which is file tree order (BEP 52). */
  readonly files: readonly FileEntry[]
  /** Whether it is one file without a folder around it; then `files[0].path` is `[name]`. */
  readonly singleFile: boolean
  /** BEP 27: only peers from the trackers that are named may be asked. */
  readonly isPrivate: boolean
  /** Where it says that it comes from: private trackers tell theirs apart by it. */
  readonly source?: string
  /** SHA-1 of each piece one after another, 20 bytes each (v1 and hybrid). */
  readonly v1Pieces?: Uint8Array
  /** Length of the string that v1 pieces are cut from, padding counted (v1 and hybrid), in bytes. */
  readonly v1Size?: number
}

/** What `info` says about itself, before anybody hashed it. */
export type ContentInfo = Omit<Content, 'infoHash' | 'infoHashV1'>
