import type { KeyValue } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { Name, NameTarget } from '../../content/index.ts'
import type { DnsTexts } from '../../network/index.ts'
import type { RecordRouting } from '../routing/index.ts'
import type { IpfsNamesConfig } from './config.ts'

/** A key of ours that a name is. */
export interface NameKey {
  /** How it is called here. */
  readonly name: string
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** Keeps the keys of this peer; the one of its identity when none is named. Rejects with `name.key-unknown` and what unlocking rejects with. */
export interface NameKeys {
  open(name: string | undefined): Promise<NameKey>
}

/** What a name points at in another network, under the same key. */
export interface Pointer extends NameTarget {
  readonly sequence: bigint
}

/** The same names in another network, the Mainline DHT (BEP 46). Both reject when that network is not there. */
export interface Pointers {
  get(publicKey: Uint8Array, signal: AbortSignal): Promise<Pointer | undefined>
  /** How many nodes took it; they are given it again as long as this peer runs. */
  put(key: NameKey, pointer: Pointer, signal: AbortSignal): Promise<number>
}

export interface IpfsNamesParts {
  readonly world: World
  readonly config: IpfsNamesConfig
  readonly state: KeyValue
  readonly routing: RecordRouting
  readonly keys: NameKeys
  readonly pointers?: Pointers
  /** Throws for a name, or what stands behind it at that path, that is not looked up, see `Denylists`; all are when left out. */
  refuse?(name: Name, path: readonly string[]): void
  /** Texts under a DNS name. */
  texts(host: string): Promise<DnsTexts>
}

/** A name of ours that points somewhere. */
export interface OwnName extends NameTarget {
  readonly name: string
  readonly key: string
  readonly sequence: bigint
  /** World.wallTime(); `putAt` is 0 while nobody took it. */
  readonly validUntil: number
  readonly putAt: number
}
