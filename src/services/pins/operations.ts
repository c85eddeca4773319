import type { CID } from 'multiformats/cid'
import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import { parseCid } from '../../content/index.ts'
import { type Looking, withPatience } from '../../ipfs/index.ts'
import type { CacheReport, Pin } from '../../store/index.ts'
import type { PinsHost } from './host.ts'

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
}

/** While it is fetched: how that goes, where nothing comes. The last one is the pin. */
export type PinUpdate = Looking | ({ readonly phase: 'pinned' } & PinRow)

const cid = z.string().min(1).max(512).describe('A CID, or an address that begins with ipfs://')

/** Throws `link.invalid`. */
function cidOf(text: string): CID {
  return parseCid(
    text
      .trim()
      .replace(/^(ipfs:\/\/|\/ipfs\/)/, '')
      .replace(/\/$/, ''),
  )
}

function rowOf({ root, name, ...pin }: Pin): PinRow {
  return { cid: String(root), ...pin, ...(name !== undefined && { name }) }
}

interface PinInput {
  cid: string
  direct?: boolean | undefined
  name?: string | undefined
  timeout: number
}

const pin: StreamOperation<PinsHost, PinInput, PinUpdate> = {
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
  run: (host, input, { signal }) => keep(host, input, signal),
}

async function* keep(
  { blocks, obtainer, world }: PinsHost,
  { cid: text, direct, name, timeout }: PinInput,
  signal: AbortSignal,
): AsyncGenerator<PinUpdate> {
  const root = cidOf(text)
  const others = obtainer(root)
  const patience = { world, name: text, signal, session: () => others, timeoutMs: timeout * 1000 }
  try {
    yield* withPatience(patience, async function* (stop): AsyncGenerator<PinUpdate> {
      const obtain = (one: CID, ended = stop): Promise<unknown> => others!.get(one, { signal: ended })
      const options = { recursive: direct !== true, name, signal: stop, ...(others && { obtain }) }
      yield { phase: 'pinned', ...rowOf(await blocks.pin(root, options)) }
    })
  } finally {
    others?.close()
  }
}

const unpin: ValueOperation<PinsHost, { cid: string }, { cid: string; was: boolean }> = {
  summary: 'Keep a pinned CID no longer than there is room in the cache',
  input: z.object({ cid }),
  action: 'write',
  kind: 'value',
  command: { words: 'unpin', positional: ['cid'], example: 'peerage unpin bafybei...' },
  async run({ blocks }, input) {
    const root = cidOf(input.cid)
    return { cid: String(root), was: await blocks.unpin(root) }
  },
}

const pins: ValueOperation<PinsHost, Record<never, never>, PinRow[]> = {
  summary: 'List the CIDs that are kept however full the cache is',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'pins', example: 'peerage pins' },
  run: async ({ blocks }) => blocks.pins().map(rowOf),
}

const cache: ValueOperation<PinsHost, Record<never, never>, CacheReport> = {
  summary: 'Show how much room IPFS blocks take that are in no content of yours',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'cache', example: 'peerage cache' },
  run: async ({ blocks }) => blocks.cache(),
}

const clear: ValueOperation<PinsHost, Record<never, never>, CacheReport & { freedBytes: number }> = {
  summary: 'Delete all cached IPFS blocks that no pin holds',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'cache clear', example: 'peerage cache clear' },
  async run({ blocks }, _input, { signal }) {
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
