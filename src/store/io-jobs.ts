import type { ErrorCode } from '../base/index.ts'
import type { PackedContent, Torrent } from '../content/index.ts'

/** A file as the workers know it. `id` names one opening of one path: another path is another id. */
export interface FileRef {
  readonly id: number
  /** Existing folder that the user named; nothing above or beside it is touched. */
  readonly base: string
  /** Below `base`, components joined with `/`. */
  readonly path: string
}

/** A file that is being written. */
export interface TargetRef extends FileRef {
  /** Final path below `base`; `path` is the part file. */
  readonly finalPath: string
  readonly size: number
  readonly executable: boolean
  /** Another file at the final path may be replaced. */
  readonly overwrite: boolean
  /** Longest stretch that is verified at once. */
  readonly segmentLength: number
  /** Layers of the tree over one segment, padding counted. */
  readonly segmentHeight: number
}

/** What tells that a file is still the one that was verified. Times in milliseconds, as `fs.Stats.mtimeMs`. */
export interface Stamp {
  readonly size: number
  readonly mtimeMs: number
  readonly ino: number
}

/**
 * Bytes to be verified and written: a segment of a v2 file against its merkle root, or a whole piece, which in v1 content
 * may lie in several files, against its SHA-1.
 */
export interface AcceptJob {
  readonly op: 'accept'
  readonly slab: number
  readonly at: number
  readonly length: number
  /** 32 bytes: merkle root; 20 bytes: SHA-1. */
  readonly expected: Uint8Array
  /** All bytes go to this file from `offset` on, or to `parts`. */
  readonly file: TargetRef | undefined
  readonly offset: number
  readonly parts?: readonly AcceptPart[] | undefined
  /** Layers of the tree over these bytes, padding counted, where it is not `segmentHeight` of the file. */
  readonly height?: number | undefined
  /** Zeros behind the bytes that their SHA-1 covers (BEP 47). */
  readonly padding?: number | undefined
  /** The hashes of the leaves are of interest though the bytes are right. */
  readonly wantLeaves?: boolean | undefined
}

/** A part of a piece in one file. What no part covers is padding: it counts as zeros, whatever was sent. */
export interface AcceptPart {
  readonly file: TargetRef
  /** Where it begins among the bytes of the job. */
  readonly begin: number
  readonly length: number
  /** Position in the file. */
  readonly offset: number
  /** `whole`: it is all of the file, which gets its final name. `compare`: the file has its final name already. */
  readonly mode: 'write' | 'whole' | 'compare'
}

export interface ReadJob {
  readonly op: 'read'
  readonly file: FileRef
  /** Undefined for a file that is still being written. */
  readonly stamp: Stamp | undefined
  readonly offset: number
  readonly length: number
  /** Where in shared memory the bytes go; without it they are answered in a buffer of their own. */
  readonly into?: { readonly slab: number; readonly at: number } | undefined
}

/** How UnixFS cuts files into leaves. */
export interface LeafShape {
  /** Bytes of the file in each leaf but the last; a multiple of 16 KiB. */
  readonly length: number
  /** Leaves are dag-pb nodes around the bytes, not the bytes themselves. */
  readonly wrapped: boolean
}

/** Hashes part of a file, or all of it, into one hash for each piece (or the file's root when it has at most one). */
export interface HashJob {
  readonly op: 'hash'
  readonly file: FileRef
  readonly offset: number
  readonly length: number
  readonly fileSize: number
  readonly pieceLength: number
  /** Layers of the tree over one piece, padding counted. */
  readonly height: number
  /** `leaves`: one hash for each 16 KiB instead. */
  readonly layer: 'pieces' | 'leaves'
  /** Also SHA-1 of each piece, the last one padded with zeros up to the piece length when `sha1` is `padded`. */
  readonly sha1?: 'padded' | 'plain' | undefined
  /** Also SHA-256 of each of these leaves; the stretch begins with one. */
  readonly blocks?: LeafShape | undefined
  /** Refuses a file that is not this one, before and after. */
  readonly stamp: Stamp | undefined
  /** It is being written to: changes are no reason to refuse. */
  readonly isGrowing?: boolean | undefined
}

/** Many small files at once: like `hash` with offset 0 and all of each file. */
export interface HashFilesJob {
  readonly op: 'hash-files'
  readonly base: string
  readonly files: readonly {
    readonly path: string
    readonly stamp: Stamp
    readonly sha1?: 'padded' | 'plain' | undefined
  }[]
  readonly pieceLength: number
  readonly blocks?: LeafShape | undefined
}

/** Whether v1 pieces (or pieces of hybrids) on disk have the SHA-1 that they should: one byte each, 1 or 0. */
export interface HashPiecesJob {
  readonly op: 'hash-pieces'
  readonly files: readonly {
    readonly file: FileRef
    readonly size: number
    /** Undefined: it is being written to. */
    readonly stamp: Stamp | undefined
  }[]
  readonly pieces: readonly {
    readonly size: number
    readonly expected: Uint8Array
    readonly parts: readonly {
      /** Place in `files`; -1: it is not there. */
      readonly file: number
      readonly begin: number
      readonly length: number
      readonly offset: number
    }[]
  }[]
}

/** The hash that a block has; without `algorithm` the caller compares it. */
export interface BlockHash {
  readonly algorithm: 'sha256' | 'sha512' | undefined
  readonly digest: Uint8Array
}

/** Keeps a block in the cache folder when it has that hash. Its bytes are in `bytes`, or in a slab. */
export interface PutBlockJob extends BlockHash, GivenBytes {
  readonly op: 'put-block'
  readonly base: string
  readonly path: string
}

/** Bytes for a worker: a copy or, where there was room, in a slab. */
export interface GivenBytes {
  readonly bytes: Uint8Array | undefined
  readonly slab: number
  readonly at: number
  readonly size: number
}

/** Bytes of files in a block, from `begin` on, are written to their places when the block has that hash. */
export interface WriteLeafJob extends BlockHash, GivenBytes {
  readonly op: 'write-leaf'
  readonly begin: number
  readonly length: number
  readonly targets: readonly {
    readonly file: TargetRef
    readonly offset: number
    /** Answer the root over each so many bytes, that many layers high, too. */
    readonly unit: { readonly length: number; readonly height: number } | undefined
  }[]
}

export type WriteLeafResult =
  | { readonly ok: false }
  | { readonly ok: true; readonly units: readonly (Uint8Array | undefined)[] }

/** Roots over groups of hashes that stand `level` layers above the leaves, each group `height` layers high. */
export interface FoldJob {
  readonly op: 'fold'
  readonly hashes: Uint8Array
  readonly level: number
  readonly each: number
  readonly height: number
}

/** Reads it again; it is believed when it has that hash. */
export interface GetBlockJob extends BlockHash {
  readonly op: 'get-block'
  readonly base: string
  readonly path: string
  readonly length: number
  /** As in `ReadJob`. */
  readonly into?: { readonly slab: number; readonly at: number } | undefined
}

export interface DigestJob {
  readonly op: 'digest'
  readonly bytes: Uint8Array
  readonly algorithm: 'sha256' | 'sha1'
}

/** Reads a `.torrent` file and hashes its info dictionary. */
export interface ReadTorrentJob {
  readonly op: 'read-torrent'
  readonly bytes: Uint8Array
}

/** Reads an info dictionary, of at most so many files. */
export interface ReadContentJob {
  readonly op: 'read-content'
  readonly info: Uint8Array
  readonly maxFiles: number | undefined
}

/** Merkle root over the hashes of one layer, padded as the layer of `padLevel` levels above the leaves is. */
export interface RootJob {
  readonly op: 'root'
  readonly hashes: Uint8Array
  readonly padLevel: number
}

/** The part file is whole: its stamp is taken and it gets its final name. */
export interface FinishJob {
  readonly op: 'finish'
  readonly file: TargetRef
  /** The time of change that it gets, in milliseconds. */
  readonly mtimeMs?: number | undefined
}

/** Empty files and symlinks, made when all else is there. */
export interface PlaceJob {
  readonly op: 'place'
  readonly base: string
  readonly overwrite: boolean
  readonly empty: readonly { readonly path: string; readonly executable: boolean }[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
  /** Folders that stay empty. */
  readonly folders?: readonly string[] | undefined
}

export interface StatJob {
  readonly op: 'stat'
  readonly base: string
  readonly paths: readonly string[]
}

export interface ScanJob {
  readonly op: 'scan'
  readonly root: string
  /** Folders below `root` still to be read; the first call passes `['']`. */
  readonly folders: readonly string[]
}

export interface MoveJob {
  readonly op: 'move'
  readonly base: string
  readonly from: string
  readonly to: string
}

/** Gives files other names, perhaps below another base on the same file system; those that are not there are passed over. */
export interface RenameJob {
  readonly op: 'rename'
  readonly from: string
  readonly to: string
  readonly paths: readonly { readonly from: string; readonly to: string }[]
}

/** Files of another program that are not whole get the names of our parts, and their full size. */
export interface TakePartsJob {
  readonly op: 'take-parts'
  readonly base: string
  readonly paths: readonly { readonly from: string; readonly to: string; readonly size: number }[]
}

/** Copies some bytes of a file, which must be the one that `stamp` was taken from. */
export interface CopyStretchJob {
  readonly op: 'copy-stretch'
  /** Bases. */
  readonly from: string
  readonly to: string
  /** Paths below them. */
  readonly source: string
  readonly target: string
  readonly stamp: Stamp
  readonly offset: number
  readonly length: number
}

/** All stretches are copied: the copy gets mode, time and its name. */
export interface SettleCopyJob extends Omit<CopyStretchJob, 'op' | 'offset' | 'length'> {
  readonly op: 'settle-copy'
  readonly final: string
}

/** Removes the folders of files that are gone, where nothing else is in them. */
export interface ClearFoldersJob extends Omit<DeleteJob, 'op'> {
  readonly op: 'clear-folders'
}

export interface DeleteJob {
  readonly op: 'delete'
  readonly base: string
  readonly paths: readonly string[]
  /** Folder that goes too, with the folders in it, when nothing is left in them. */
  readonly folder: string | undefined
}

export type Job =
  | AcceptJob
  | ReadJob
  | HashJob
  | HashFilesJob
  | HashPiecesJob
  | PutBlockJob
  | GetBlockJob
  | WriteLeafJob
  | FoldJob
  | DigestJob
  | ReadTorrentJob
  | ReadContentJob
  | RootJob
  | FinishJob
  | PlaceJob
  | StatJob
  | ScanJob
  | MoveJob
  | RenameJob
  | TakePartsJob
  | CopyStretchJob
  | SettleCopyJob
  | ClearFoldersJob
  | DeleteJob

export type AcceptResult =
  | {
      readonly ok: true
      readonly stamp: Stamp | undefined
      /** Stamps of the parts that were whole files, in the order of the parts. */
      readonly stamps?: readonly (Stamp | undefined)[] | undefined
      /** Parts (by number) whose file under its final name has other bytes. */
      readonly differing?: readonly number[] | undefined
      readonly leaves?: Uint8Array | undefined
    }
  | { readonly ok: false; readonly leaves: Uint8Array }

/** What was to be read is no content. */
export interface Refused {
  readonly refused: { readonly code: ErrorCode; readonly message: string }
}

/** A `.torrent` file. What is in its bytes is told by where it stands: they need not come back. */
export interface ReadTorrentResult {
  readonly torrent: Omit<Torrent, 'info' | 'pieceLayers'>
  readonly infoAt: readonly [from: number, length: number]
  readonly content: PackedContent
  readonly layers: PackedLayers
  /** SHA-256 and SHA-1 of the info dictionary, as far as its version has use for them. */
  readonly infoHash: Uint8Array | undefined
  readonly infoHashV1: Uint8Array | undefined
  readonly refused?: undefined
}

/** Piece layers: the roots of their files, 64 hexadecimal digits each, and offset and length in the `.torrent` file. */
export interface PackedLayers {
  readonly roots: string
  readonly places: Float64Array<ArrayBuffer>
}

export interface ReadContentResult {
  readonly content: PackedContent
  readonly refused?: undefined
}

/** `blocks` counts 512-byte units that the disk really holds. `kind` is `missing` when nothing is there. */
export interface StatResult extends Stamp {
  readonly kind: 'file' | 'folder' | 'other' | 'missing'
  readonly blocks: number
}

export interface ScanEntry extends Stamp {
  readonly path: string
  readonly executable: boolean
  readonly symlink?: string | undefined
  /** Neither file, folder nor symlink. */
  readonly special?: boolean | undefined
}

export interface ScanResult {
  readonly entries: readonly ScanEntry[]
  /** Folders found and not read yet. */
  readonly folders: readonly string[]
  /** Folders that were read and have nothing in them. */
  readonly empty: readonly string[]
  /** What has a name that is not UTF-8, with `\\xNN` for each byte of it that is no ASCII: Node.js finds no such file by its text. */
  readonly nameless: readonly string[]
}

export interface HashResult {
  readonly hashes: Uint8Array
  readonly sha1: Uint8Array | undefined
  /** 32 bytes for each leaf of `blocks`. */
  readonly blocks?: Uint8Array | undefined
  readonly stamp: Stamp
}

export interface Results {
  accept: AcceptResult
  read: Uint8Array
  hash: HashResult
  'hash-files': HashResult[]
  'hash-pieces': Uint8Array
  'put-block': boolean
  'get-block': Uint8Array
  'write-leaf': WriteLeafResult
  fold: Uint8Array
  digest: Uint8Array
  'read-torrent': ReadTorrentResult | Refused
  'read-content': ReadContentResult | Refused
  root: Uint8Array
  finish: Stamp
  place: { failed: readonly { path: string; code: string }[] }
  stat: StatResult[]
  scan: ScanResult
  move: undefined
  rename: undefined
  'take-parts': undefined
  'copy-stretch': undefined
  'settle-copy': Stamp
  'clear-folders': undefined
  delete: undefined
}

export type Result<J extends Job> = Results[J['op']]

/** Why a job failed, as it crosses from a worker. `changed`, `exists` and `symlink` are ours; others are errno names. */
export interface Failure {
  readonly failed: string
  readonly message: string
  readonly path: string
}

/** To a worker. New slabs always come before the first job that uses them. */
export interface Batch {
  readonly slabs: readonly { readonly index: number; readonly buffer: SharedArrayBuffer }[]
  /** Slabs that are gone: no job uses them any more. */
  readonly drop: readonly number[]
  readonly jobs: readonly Job[]
  /** Files to close if open: their path now holds something else, or nothing. */
  readonly forget: readonly number[]
}

/** To a worker: it takes no more messages, and ends. */
export type Stop = 'stop'

/** From a worker: answers in the order of the jobs. */
export type Answers = readonly (unknown | Failure)[]

export interface WorkerOptions {
  readonly openFiles: number
  /** Becomes 1 when no job shall be begun any more; the message `stop` comes after it. */
  readonly stopped: Int32Array<SharedArrayBuffer>
}
