import { fromHex, fromUtf8, PeerageError, toHex, utf8, type ValueOperation, z } from '../../base/index.ts'
import { decode } from '../../wire/index.ts'
import type { DhtHost, DhtReport } from './host.ts'

/** What is stored at a place in the DHT, verified. */
export interface DhtAnswer {
  readonly found: boolean
  /** The value, when it is text. */
  readonly text?: string
  /** The bencoded value in hexadecimal, when it is anything else. */
  readonly bencoded?: string
  /** How often a signed one was replaced, decimal: it may be larger than a JavaScript number. */
  readonly seq?: string
}

/** Where something was stored. */
export interface DhtPlace {
  /** What `dht get` finds it by, if it is not signed; 40 hexadecimal digits. */
  readonly target: string
  /** Who signed it. */
  readonly peer?: string
  readonly seq?: string
  /** Nodes that keep it, for two hours. */
  readonly nodes: number
}

const maxTextBytes = 996
const maxSaltBytes = 64
const salt: z.ZodType<string | undefined> = z
  .string()
  .refine(text => utf8(text).length <= maxSaltBytes, `A salt has at most ${maxSaltBytes} bytes.`)
  .optional()
  .describe('Tells the signed items of one peer apart')

const status: ValueOperation<DhtHost, Record<never, never>, DhtReport> = {
  summary: "Show how this peer's node of the BitTorrent DHT is doing",
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'dht', example: 'peerage dht' },
  run: async host => host.report(),
}

const start: ValueOperation<DhtHost, Record<never, never>, DhtReport> = {
  summary: 'Let the DHT of BitTorrent be used, from when something needs it',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'dht start', example: 'peerage dht start' },
  run: host => switched(host, true),
}

const stop: ValueOperation<DhtHost, Record<never, never>, DhtReport> = {
  summary: 'Use the DHT of BitTorrent no longer, and find peers by other ways only',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'dht stop', example: 'peerage dht stop' },
  run: host => switched(host, false),
}

async function switched(host: DhtHost, enabled: boolean): Promise<DhtReport> {
  await host.keepEnabled(enabled)
  return host.report()
}

const get: ValueOperation<DhtHost, { what: string; salt?: string | undefined }, DhtAnswer> = {
  summary: 'Look up a small item in the DHT (BEP 44): by its hash, or what a peer signed',
  input: z.object({
    what: z
      .string()
      .max(128)
      .describe('The 40 hexadecimal digits that `dht put` answered; or a peer id, or its 64-digit key'),
    salt,
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'dht get', positional: ['what'], example: 'peerage dht get 12D3KooW... --salt news' },
  async run(host, input, { signal }) {
    const found = await host.get(placeOf(host, input.what, input.salt), signal)
    if (found === undefined) return { found: false }
    const text = textOf(found.value)
    return {
      found: true,
      ...(text === undefined ? { bencoded: toHex(found.value) } : { text }),
      ...(found.seq !== undefined && { seq: `${found.seq}` }),
    }
  },
}

/** A bencoded byte string that is text. */
function textOf(bencoded: Uint8Array): string | undefined {
  const value = decode(bencoded)
  return value instanceof Uint8Array ? fromUtf8(value) : undefined
}

function placeOf(
  host: DhtHost,
  what: string,
  name = '',
): { target: Uint8Array } | { publicKey: Uint8Array; salt: Uint8Array } {
  if (/^[0-9a-f]{40}$/i.test(what)) {
    if (name !== '') throw new PeerageError('usage.invalid', 'An item that is named by its hash has no salt.')
    return { target: fromHex(what) }
  }
  const publicKey = /^[0-9a-f]{64}$/i.test(what) ? fromHex(what) : host.keyOf(what)
  return { publicKey, salt: utf8(name) }
}

const put: ValueOperation<DhtHost, { text: string; sign: boolean; salt?: string | undefined }, DhtPlace> = {
  summary: 'Store a little text in the DHT for two hours, readable by all (BEP 44)',
  input: z.object({
    text: z
      .string()
      .refine(text => utf8(text).length <= maxTextBytes, `The DHT takes ${maxTextBytes} bytes.`)
      .describe('What to store; at most 996 bytes'),
    sign: z
      .boolean()
      .default(false)
      .describe('Sign it, so that it is found by your peer id and can be replaced'),
    salt,
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'dht put', positional: ['text'], example: 'peerage dht put "hello" --sign --salt news' },
  async run(host, input, { signal }) {
    const signs = input.sign || input.salt !== undefined
    const name = signs ? utf8(input.salt ?? '') : undefined
    const { target, seq, nodes } = await host.put(input.text, name, signal)
    return {
      target: toHex(target),
      ...(signs && { peer: host.peerId }),
      ...(seq !== undefined && { seq: `${seq}` }),
      nodes,
    }
  },
}

/** What a user can ask of the DHT. */
export const dhtOperations: Readonly<{
  status: typeof status
  start: typeof start
  stop: typeof stop
  get: typeof get
  put: typeof put
}> = { status, start, stop, get, put }
