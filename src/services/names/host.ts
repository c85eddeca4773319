import type { Names } from '../../content/index.ts'

/** A key of this peer; `self` is that of its identity. */
export interface KeyOfName {
  readonly key: string
  /** Absent for a damaged file. */
  readonly name?: string
}

/** A name of ours that points somewhere. Times are those of World.wallTime(). */
export interface OwnName {
  readonly name: string
  readonly key: string
  readonly path?: string
  readonly infoHash?: Uint8Array
  readonly sequence: bigint
  readonly validUntil: number
  /** 0 while nobody took it. */
  readonly putAt: number
}

/** What the service needs of the peer that it runs in. */
export interface NamesHost {
  /** Throws `network.unreachable` when there is no IPFS network here. */
  names(): Names
  own(): readonly OwnName[]
  /** Puts a name no more. */
  forget(name: string): void
  readonly keys: {
    list(): Promise<readonly KeyOfName[]>
    /** Throws `name.key-exists`, `usage.invalid`, `access.limit`. */
    create(key: string): Promise<KeyOfName>
    /** Throws `name.key-unknown`. */
    remove(key: string): Promise<KeyOfName>
  }
  /** A content that is here, in the words of both networks. Throws `content.unknown`. */
  contentOf(text: string): { readonly infoHash: Uint8Array; readonly cid?: string }
  /** What the content that a name points at is called here, if it is. */
  titleOf(target: { readonly path?: string; readonly infoHash?: Uint8Array }): string | undefined
}
