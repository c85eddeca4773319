import type { CID } from 'multiformats/cid'
import type { Access } from '../access/index.ts'
import type { RunningService, World } from '../base/index.ts'
import type { FoundBlock, IpfsNetwork, Refusals } from '../ipfs/index.ts'
import {
  type Gateway,
  type GatewayConfig,
  type GatewayHost,
  startGateway,
} from '../services/gateway/index.ts'
import type { BlockStore } from '../store/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'
import { namedRoot, type RootParts } from './named-root.ts'

interface GatewayParts extends RootParts {
  readonly config: Config
  readonly access: Access
  readonly denylists: Refusals
  readonly events: EventStream
  readonly world: World
  readonly ipfs: IpfsNetwork | undefined
}

/** Nobody has this id: what it may read, everybody may. */
const anybody = 'anybody'

/** The gateway, over the blocks of this peer. */
export function gatewayOf(parts: GatewayParts): RunningService & { readonly state: Gateway } {
  const { config, store, world, events, ipfs } = parts
  const host: GatewayHost = {
    world,
    get config() {
      return config.section<GatewayConfig>('gateway')
    },
    blocks: {
      find: cid => store.blocks.find(cid),
      isPublic: block => isPublicBlock(parts.access, block),
      isOf: (block, root) => isOf(block, store.blocks.contentsOf(root)),
    },
    denylists: parts.denylists,
    session: (root, publicOnly) => ipfs?.session(root, { publicOnly }),
    names: ipfs && { resolve: (name, signal) => started(ipfs).names.resolve(name, signal) },
    ...(ipfs && { recordOf: (name, signal) => started(ipfs).names.record(name, signal) }),
    rootOf: text => namedRoot(parts, text),
    failed: error => events.emit({ type: 'error.occurred', ...toldOf(error) }),
    async keepEnabled(enabled) {
      await config.set('gateway.enabled', enabled)
    },
  }
  const gateway = startGateway(host)
  config.onChange('gateway.enabled', { apply: value => gateway.state.follow(value as boolean) })
  config.onChange('gateway.fetch', { apply: () => undefined })
  return gateway
}

/** Who asks for something that is not here begins the network. */
function started(ipfs: IpfsNetwork): IpfsNetwork {
  ipfs.start()
  return ipfs
}

/** Whether anybody may have a block that is here, as whoever is on this computer and every page in its browser can ask the gateway for it. */
export function isPublicBlock(
  access: Pick<Access, 'check'>,
  block: Pick<FoundBlock, 'contents' | 'isPublic'>,
): boolean {
  const mayAnybody = (infoHash: string): boolean => {
    const request = { subject: { peer: anybody }, action: 'read', resource: `content:${infoHash}` } as const
    const { allowed, allowance } = access.check(request)
    return allowed && allowance === undefined
  }
  return block.isPublic || block.contents.some(mayAnybody)
}

/** The same by its name, also of one that cannot be read at present. */
export function isPublic(
  access: Pick<Access, 'check'>,
  blocks: Pick<BlockStore, 'contentsOf' | 'isPublic'>,
  cid: CID,
): boolean {
  if (blocks.isPublic(cid)) return true
  return isPublicBlock(access, { isPublic: false, contents: blocks.contentsOf(cid) })
}

/**
 * Whether one content is both behind a root, which is in these, and has a block. What is in the cache alone was fetched for whoever has the key to a root that is there
 * alone, too, as far as anybody knows; a content has all of its own, so one that links to such a block links to what somebody else gave.
 */
export function isOf({ contents }: Pick<FoundBlock, 'contents'>, ofRoot: readonly string[]): boolean {
  if (contents.length === 0) return ofRoot.length === 0
  return contents.some(one => ofRoot.includes(one))
}

function toldOf(error: unknown): { code: 'internal.bug'; message: string } {
  return { code: 'internal.bug', message: error instanceof Error ? error.message : String(error) }
}
