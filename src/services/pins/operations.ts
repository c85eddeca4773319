import type { CID } from 'multiformats/cid'
import { PeerageError, type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import { type BlockReader, looksLikeIpfs, parseCid, parseLink, resolvePath } from '../../content/index.ts'
import { type Looking, withinTick, withPatience } from '../../ipfs/index.ts'
import { orAborted } from '../../network/index.ts'
import type { CacheReport, Pin } from '../../store/index.ts'
import type { PinsHost } from './host.ts'
import type { SharedPin, UnderWay } from './under-way.ts'

/** The service, running. */
export interface PinsState {
  readonly host: PinsHost
  readonly underWay: UnderWay
}

/** One pin as people see it. */
export interface PinRow {
  readonly cid: string
  readonly recursive: boolean
  readonly name?: string
  /** Milliseconds since 1970. */
  readonly addedAt: number
  /** All of it is here. Pinning it again fetches what is missing. */
  readonly isWhole: boolean
  readonly blocks: number
  readonly bytes: number
  /** It is being fetched: `blocks` and `bytes` are what is here of it so far. */
  readonly isRunning: boolean
  /** Why it is neither given nor announced, though it is kept: the line of the denylist that names its root. */
  readonly denied?: string
}

/** While it is fetched: how far, and how that goes where nothing comes. The last one is the pin. */
export type PinUpdate =
  | Looking
  | {
      readonly phase: 'fetching'
      /** As the user named it. */
      readonly name: string
      /** Here so far, also what was here before. */
      readonly bytes: number
      readonly blocks: number
    }
  | ({ readonly phase: 'pinned' } & PinRow)

const cid = z.string().min(1).max(8192).describe('A CID, or an address that begins with ipfs://')

/** Throws `link.invalid`. */
function placeOf(text: string): { readonly cid: CID; readonly path: readonly string[] } {
  const name = text.trim()
  if (!looksLikeIpfs(name)) return { cid: parseCid(name), path: [] }
  const { cid: root, path = [] } = parseLink(name)
  if (root === undefined)
    throw new PeerageError(
      'link.invalid',
      'What a name points at changes: `peerage name resolve` says which CID it is now.',
    )
  return { cid: parseCid(root), path }
}

/** What a path leads to; what is not here on the way is fetched. */
async function below(
  { blocks, denylists }: PinsHost,
  others: ReturnType<PinsHost['obtainer']>,
  root: CID,
  path: readonly string[],
  signal: AbortSignal,
): Promise<CID> {
  const reader: BlockReader = {
    async get(one, options) {
      denylists.check({ root: one, path: [] })
      const block = (await blocks.get(one, options)) ?? (await others?.get(one, options))
      if (block === undefined)
        throw new PeerageError('block.missing', `The block ${one} is not here.`, {
          details: { cid: String(one) },
        })
      return block
    },
  }
  return (await resolvePath(reader, root, path, { signal })).cid
}

function rowOf({ denylists }: Pick<PinsHost, 'denylists'>, { root, name, ...pin }: Pin): PinRow {
  const denied = denialOf(denylists, root)
  return {
    cid: String(root),
    ...pin,
    ...(name !== undefined && { name }),
    ...(denied !== undefined && { denied }),
  }
}

/** By a list that came after it was pinned. */
function denialOf(denylists: PinsHost['denylists'], root: CID): string | undefined {
  try {
    denylists.check({ root, path: [] })
    return undefined
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return error.message
  }
}

interface PinInput {
  cid: string
  direct?: boolean | undefined
  name?: string | undefined
  timeout: number
}

const pin: StreamOperation<PinsState, PinInput, PinUpdate> = {
  summary: 'Keep what a CID names, with all below it; what is not here is fetched',
  input: z.object({
    cid,
    direct: z.boolean().optional().describe('Keep this one block only'),
    name: z.string().min(1).max(256).optional().describe('What you call it'),
    timeout: z
      .number()
      .positive()
      .default(60)
      .describe('Give up when nothing has arrived for so many seconds'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'pin', positional: ['cid'], example: 'peerage pin bafybei... --name holidays' },
  run: (state, input, { signal }) => keep(state, input, signal),
}

async function* keep(
  { host, underWay }: PinsState,
  { cid: text, direct, name, timeout }: PinInput,
  signal: AbortSignal,
): AsyncGenerator<PinUpdate> {
  const { obtainer, world } = host
  const { cid: above, path } = placeOf(text)
  host.denylists.check({ root: above, path })
  const own = obtainer(above)
  let session = own
  let isJoined = false
  const patience = { world, name: text, signal, session: () => session, timeoutMs: timeout * 1000 }
  try {
    yield* withPatience(patience, async function* (stop): AsyncGenerator<PinUpdate> {
      const root = path.length === 0 ? above : await below(host, own, above, path, stop)
      const wanted = { recursive: direct !== true, name }
      const shared = underWay.join(root, wanted, own)
      isJoined = true
      session = shared.session
      let pin = yield* untilPinned(host, root, text, shared, stop)
      // Somebody else had begun it, and called it otherwise.
      if (name !== undefined && pin.name !== name)
        pin = yield* untilPinned(host, root, text, underWay.join(root, wanted, undefined), stop)
      yield { phase: 'pinned', ...rowOf(host, pin) }
    })
  } finally {
    if (!isJoined) own?.close()
  }
}

/** Tells how far it is when that is not what was told before: then nothing comes, and whoever is patient tells. */
async function* untilPinned(
  { world, blocks }: PinsHost,
  root: CID,
  name: string,
  { pinning, leave }: SharedPin,
  signal: AbortSignal,
): AsyncGenerator<PinUpdate, Pin> {
  const ending = orAborted(pinning, signal)
  let told = 0
  try {
    for (;;) {
      const done = await withinTick(world, ending)
      if (done !== undefined) return done
      const { bytes, blocks: count } = blocks.pinOf(root) ?? { bytes: told, blocks: 0 }
      if (bytes === told) continue
      told = bytes
      yield { phase: 'fetching', name, bytes, blocks: count }
    }
  } finally {
    ending.catch(() => undefined)
    await leave()
  }
}

const unpin: ValueOperation<PinsState, { cid: string }, { cid: string; was: boolean }> = {
  summary: 'Keep a pinned CID no longer than there is room in the cache',
  input: z.object({ cid }),
  action: 'write',
  kind: 'value',
  command: { words: 'unpin', positional: ['cid'], example: 'peerage unpin bafybei...' },
  async run({ host: { blocks, unpinned } }, input) {
    const { cid: root, path } = placeOf(input.cid)
    if (path.length > 0)
      throw new PeerageError(
        'link.invalid',
        'Say the CID itself: `peerage pins` lists those that are pinned.',
      )
    const was = await blocks.unpin(root)
    if (was) unpinned(root)
    return { cid: String(root), was }
  },
}

const pins: ValueOperation<PinsState, Record<never, never>, PinRow[]> = {
  summary: 'List the CIDs that are kept however full the cache is',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'pins', example: 'peerage pins' },
  run: async ({ host }) => host.blocks.pins().map(pin => rowOf(host, pin)),
}

const cache: ValueOperation<PinsState, Record<never, never>, CacheReport> = {
  summary: 'Show how much room IPFS blocks take that are in no content of yours',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'cache', example: 'peerage cache' },
  run: async ({ host }) => host.blocks.cache(),
}

const clear: ValueOperation<PinsState, Record<never, never>, CacheReport & { freedBytes: number }> = {
  summary: 'Delete all cached IPFS blocks that no pin holds',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'cache clear', example: 'peerage cache clear' },
  async run({ host: { blocks } }, _input, { signal }) {
    const { bytes } = await blocks.collect({ all: true, signal })
    return { ...blocks.cache(), freedBytes: bytes }
  },
}

/** What a user can ask of the pins service. */
export const pinsOperations: Readonly<{
  pin: typeof pin
  unpin: typeof unpin
  pins: typeof pins
  cache: typeof cache
  clear: typeof clear
}> = { pin, unpin, pins, cache, clear }
