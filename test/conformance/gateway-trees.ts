import { CID } from 'multiformats/cid'
import { concat, sha256, utf8, VirtualWorld } from '../../src/base/index.ts'
import {
  cidOfSha256,
  codecs,
  type DagChild,
  DirectoryBuilder,
  FileBuilder,
  leafFrame,
  legacyProfile,
  type Resolved,
  type UnixFsProfile,
  type VerifiedBlock,
  verifyBlock,
} from '../../src/content/index.ts'
import type { BlockLoan, FoundBlock, IpfsNames, Refusals } from '../../src/ipfs/index.ts'
import {
  Gateway,
  type GatewayAnswer,
  type GatewayConfig,
  gatewayConfig,
} from '../../src/services/gateway/index.ts'

/** Kubo's `--cid-version=1`: chunks of 256 KiB, raw leaves, 174 links a node. */
export const kuboV1: UnixFsProfile = { ...legacyProfile, cidVersion: 1, rawLeaves: true }
export const kuboV0: UnixFsProfile = legacyProfile

/** Blocks in memory, some of them private, and the trees that are built into them. */
export class Trees {
  readonly blocks: Map<string, Uint8Array> = new Map()
  readonly hidden: Set<string> = new Set()
  /** Which blocks were read, by their CIDs. */
  readonly reads: string[] = []

  put(cid: CID, bytes: Uint8Array): CID {
    this.blocks.set(keyOf(cid), bytes)
    return cid
  }

  file(text: string | Uint8Array, profile: UnixFsProfile = kuboV1): DagChild {
    const bytes = typeof text === 'string' ? utf8(text) : text
    const builder = new FileBuilder({ profile, emit: (cid, block) => this.put(cid, block) })
    for (let at = 0; at < bytes.length; at += profile.leafBytes) {
      const part = bytes.subarray(at, at + profile.leafBytes)
      const { before, after } = leafFrame(profile, part.length)
      const block = concat([before, part, after])
      const digest = sha256(block)
      this.put(cidOfSha256(digest, profile.rawLeaves ? codecs.raw : codecs.dagPb, profile.cidVersion), block)
      builder.add(digest, part.length)
    }
    const file = builder.finish()
    if (bytes.length === 0) this.put(file.cid, new Uint8Array(0))
    return file
  }

  folder(entries: Readonly<Record<string, DagChild>>, profile: UnixFsProfile = kuboV1): DagChild {
    const builder = new DirectoryBuilder({ profile, emit: (cid, block) => this.put(cid, block) })
    for (const [name, child] of Object.entries(entries)) builder.add(name, child)
    return builder.finish()
  }

  block(cid: CID): Uint8Array {
    return this.blocks.get(keyOf(cid))!
  }

  find(cid: CID): FoundBlock | undefined {
    const bytes = this.blocks.get(keyOf(cid))
    if (bytes === undefined) return undefined
    const get = async (): Promise<VerifiedBlock> => {
      this.reads.push(cid.toString())
      return verifyBlock(cid, bytes)
    }
    const loan = async (): Promise<BlockLoan> => ({ block: await get(), release: () => undefined })
    return { size: bytes.length, contents: [], isPublic: !this.hidden.has(keyOf(cid)), get, loan }
  }

  remove(cid: CID): void {
    this.blocks.delete(keyOf(cid))
  }

  /** Makes all blocks that are here now private. */
  hideAll(): void {
    for (const key of this.blocks.keys()) this.hidden.add(key)
  }
}

function keyOf({ multihash }: CID): string {
  return String.fromCharCode(...multihash.bytes)
}

export interface Asked {
  readonly host?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Told {
  readonly status: number
  readonly headers: GatewayAnswer['headers']
  readonly bytes: Uint8Array
  readonly text: string
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly world: VirtualWorld
  get(url: string, asked?: Asked): Promise<Told>
}

const allowing: Refusals = { check: () => undefined, checkLink: () => undefined, denies: () => false }

/** A gateway over trees, as the daemon would ask it. It fetches nothing unless there is a session. */
export function gatewayOver(
  trees: Trees,
  {
    config = {},
    names = {},
    records = {},
    resolver,
    session,
    denylists = allowing,
  }: {
    config?: Partial<GatewayConfig>
    names?: Readonly<Record<string, string>>
    records?: Readonly<Record<string, Uint8Array>>
    /** In place of `names` and `records`. */
    resolver?: Pick<IpfsNames, 'resolve' | 'record'>
    session?: ConstructorParameters<typeof Gateway>[0]['session']
    denylists?: Refusals
  } = {},
): TestGateway {
  const world = new VirtualWorld(1)
  const whole = gatewayConfig.parse(config)
  const gateway = new Gateway({
    world,
    config: whole,
    blocks: {
      find: cid => trees.find(cid),
      isPublic: ({ isPublic }) => isPublic,
      isOf: ({ isPublic }) => !isPublic,
    },
    denylists,
    session: session ?? (() => undefined),
    names: resolver ?? {
      async resolve(name): Promise<Resolved> {
        const path = names[name]
        if (path === undefined) throw new Error(`no name ${name}`)
        const until = world.wallTime() + 1_800_000
        return { path, names: [name], validUntil: until, freshUntil: until }
      },
    },
    recordOf: async (name, signal) =>
      resolver === undefined
        ? { bytes: records[name]!, freshMs: 1_800_000 }
        : await resolver.record(name, signal),
    rootOf: text => {
      const [cid = '', ...path] = text.split('/')
      return { cid: CID.parse(cid), path }
    },
    failed: error => {
      throw error
    },
    keepEnabled: async () => undefined,
  })
  const get = async (
    url: string,
    { host = '127.0.0.1:80', method = 'GET', headers = {} }: Asked = {},
  ): Promise<Told> => {
    const told = await gateway.answer(
      { method, url, headers: { host, ...headers } },
      new AbortController().signal,
    )
    const parts: Uint8Array[] = []
    for await (const chunk of told.body ?? []) parts.push(chunk)
    const bytes = concat(parts)
    return { status: told.status, headers: told.headers, bytes, text: new TextDecoder().decode(bytes) }
  }
  return { gateway, world, get }
}

/** The CIDs of the blocks of a CAR of version 1, in their order. */
export function cidsOfCar(bytes: Uint8Array): string[] {
  const cids: string[] = []
  let at = 0
  const length = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  const header = length()
  at += header
  while (at < bytes.length) {
    const end = length() + at
    const [cid] = CID.decodeFirst(bytes.subarray(at, end))
    cids.push(cid.toString())
    verifyBlock(cid, bytes.subarray(at + cid.bytes.length, end))
    at = end
  }
  return cids
}

/** The parts of an answer with ranges: what each says of itself, and its bytes as Latin-1. */
export function partsOf({ headers, bytes }: Told): { readonly head: string; readonly body: string }[] {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1]
  const text = Buffer.from(bytes).toString('latin1')
  const [before, ...parts] = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (before !== '' || parts.pop() !== '--\r\n') throw new Error('It is not whole.')
  return parts.map(part => {
    const [, head = '', body = ''] = /^\r\n(.*?)\r\n\r\n(.*)$/s.exec(part)!
    return { head, body }
  })
}
