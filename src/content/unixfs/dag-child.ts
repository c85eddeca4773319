import type { CID } from 'multiformats/cid'
import { type HashFunction, sha256 } from '../../base/index.ts'
import { encodeDagPb, encodeUnixFs, type PbLink, type UnixFsData, type UnixFsTime } from '../../wire/index.ts'
import { cidOfSha256, codecs } from '../cid.ts'
import type { UnixFsProfile } from './profile.ts'

/** What whoever links to a file or folder has to know of it. */
export interface DagChild {
  readonly cid: CID
  /** Bytes of the file; 0 for folders and links. */
  readonly fileSize: number
  /** Bytes of all blocks, as if none occurred twice: `Tsize`. */
  readonly dagSize: number
}

/** UnixFS 1.5; left out unless somebody asks for it, as it changes the CID. */
export interface UnixFsMetadata {
  /** The lower twelve bits as in POSIX. */
  readonly mode?: number | undefined
  readonly mtime?: UnixFsTime | undefined
}

export interface BuildOptions {
  readonly profile: UnixFsProfile
  /** SHA-256; pure code when left out. Nodes have up to 256 KiB. */
  readonly hash?: HashFunction
  /** Gets each node that is made; a child comes before its parent. */
  readonly emit: (cid: CID, bytes: Uint8Array) => void
}

/** Makes a DAG-PB node over children, and emits it. */
export function makeNode(
  { profile, hash = sha256, emit }: BuildOptions,
  data: UnixFsData,
  links: readonly PbLink[],
): DagChild {
  const bytes = encodeDagPb({ links, data: encodeUnixFs(data) })
  const cid = cidOfSha256(hash(bytes), codecs.dagPb, profile.cidVersion)
  emit(cid, bytes)
  return {
    cid,
    fileSize: data.fileSize ?? 0,
    dagSize: links.reduce((sum, { size = 0 }) => sum + size, bytes.length),
  }
}
