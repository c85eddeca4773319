import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import type { Names, VerifiedBlock } from '../../content/index.ts'
import type { FoundBlock, Refusals } from '../../ipfs/index.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayRequest } from './place.ts'
import type { GatewayAnswer } from './responses.ts'

/** Blocks of this machine, and who may see them. */
export interface GatewayBlocks {
  /** Looks once, for all that is asked about it; undefined: it is not here. */
  find(cid: CID): FoundBlock | undefined
  /** Whether anybody at all may have it. */
  isPublic(block: FoundBlock): boolean
  /** Whether one content is both behind that root and has that block. */
  isOf(block: FoundBlock, root: CID): boolean
}

/** Blocks of one DAG from others. */
export interface GatewaySession {
  get(cid: CID, options: { readonly signal?: AbortSignal }): Promise<VerifiedBlock>
  close(): void
}

/** A name's record as it was signed. */
export interface SignedRecord {
  readonly bytes: Uint8Array
  /** For how long it need not be asked for again, in ms. */
  readonly freshMs: number
}

/** What the gateway needs of the peer that it runs in. */
export interface GatewayHost {
  readonly world: World
  readonly blocks: GatewayBlocks
  readonly config: GatewayConfig
  /** What is not served. */
  readonly denylists: Refusals
  /** Begins to fetch a DAG from the IPFS network; undefined where that is off. */
  session(root: CID, publicOnly: boolean): GatewaySession | undefined
  /** Undefined: names are not looked up here. */
  readonly names: Pick<Names, 'resolve'> | undefined
  /** The newest record of a key, verified. Rejects like `Names.resolve`. */
  recordOf?(name: string, signal: AbortSignal): Promise<SignedRecord>
  /** What the user names: a CID, a link of IPFS, a name in the list. Throws `content.unknown`, `link.invalid`. */
  rootOf(text: string): { readonly cid: CID; readonly path: readonly string[] }
  /** Told what nobody expected, for the log. */
  failed(error: unknown): void
  /** Keeps `gateway.enabled`. */
  keepEnabled(enabled: boolean): Promise<void>
}

/** Listens for HTTP requests; the daemon does. */
export type GatewayListener = (options: {
  readonly config: GatewayConfig
  answer(request: GatewayRequest, signal: AbortSignal): Promise<GatewayAnswer>
}) => Promise<{ readonly port: number; close(): Promise<void> }>
