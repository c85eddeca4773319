import { equalBytes, PeerageError, type World } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'
import {
  beginsHandshake,
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  type HandshakeFlags,
  handshakeBytes,
} from '../../wire/index.ts'
import { FirstBytes } from './first-bytes.ts'

/** Message stream encryption: taken as it comes, insisted on, or never used. */
export type Encryption = 'prefer' | 'require' | 'off'

/** What we say of ourselves. */
export interface OwnHandshake {
  /** 20 bytes. */
  readonly peerId: Uint8Array
  readonly flags: HandshakeFlags
}

/** The swarms that this peer is in, by their 20-byte names. */
export interface SwarmNames {
  has(name: Uint8Array): boolean
  /** Whether the content of that name has a v2 name. */
  isV2(name: Uint8Array): boolean
  all(): Iterable<Uint8Array>
}

/** A connection on which both sides have shown what they want and what they can. Paused. */
export interface Shaken extends Handshake {
  readonly stream: ByteStream
  /** What came behind the handshake. */
  readonly rest: Uint8Array
}

export interface OutboundOptions {
  readonly stream: ByteStream
  /**
   * The content's names, 20 bytes each; the first one is said. BEP 52, "upgrade path": who is told the v1 name of a hybrid may
   * answer with the v2 name.
   */
  readonly names: readonly Uint8Array[]
  readonly own: OwnHandshake
  readonly encryption: Encryption
  readonly world: World
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface InboundOptions {
  readonly stream: ByteStream
  readonly names: SwarmNames
  readonly own: OwnHandshake
  readonly encryption: Encryption
  readonly world: World
  readonly timeoutMs: number
}

/** The peer turned out to be ourselves. */
const selfMessage = 'This address leads to this peer itself.'

export function isSelf(error: unknown): boolean {
  return error instanceof PeerageError && error.message === selfMessage
}

/** Says hello on a connection that we opened. Rejects with `peer.protocol`, `wire.*` or `signal.reason`. */
export async function shakeHands(options: OutboundOptions): Promise<Shaken> {
  const { stream, names, own } = options
  return await within(options, async () => {
    const first = new FirstBytes(stream)
    stream.send(encodeHandshake({ infoHash: names[0]!, ...own }))
    const answer = await first.take(decodeHandshake)
    if (!names.some(name => equalBytes(answer.infoHash, name)))
      throw refused('It answered for another content.')
    return finish(options, answer, first)
  })
}

/** Waits for hello on a connection that came, and answers only to whoever names a swarm that we are in. */
export async function receiveHands(options: InboundOptions): Promise<Shaken> {
  const { stream, names, own, encryption } = options
  return await within(options, async () => {
    const first = new FirstBytes(stream)
    const isPlain = await first.take(bytes => asAnswer(beginsHandshake(bytes)))
    if (!isPlain.value) throw refused('It speaks another protocol.')
    if (encryption === 'require') throw refused('It came without encryption.')
    const hello = await first.take(decodeHandshake)
    if (!names.has(hello.infoHash)) throw refused('It wants content that is not here.')
    const flags = { ...own.flags, v2: names.isV2(hello.infoHash) }
    stream.send(encodeHandshake({ infoHash: hello.infoHash, peerId: own.peerId, flags }))
    return finish(options, hello, first)
  })
}

/** `undefined` means "not yet" to `FirstBytes`, so an answer that may be false comes in a box. */
function asAnswer(value: boolean | undefined): { readonly value: boolean } | undefined {
  return value === undefined ? undefined : { value }
}

function finish(
  { stream, own }: { readonly stream: ByteStream; readonly own: OwnHandshake },
  hello: Handshake,
  first: FirstBytes,
): Shaken {
  if (equalBytes(hello.peerId, own.peerId)) throw refused(selfMessage)
  return { ...hello, stream, rest: first.end(handshakeBytes) }
}

async function within(
  {
    stream,
    world,
    timeoutMs,
    signal,
  }: { stream: ByteStream; world: World; timeoutMs: number; signal?: AbortSignal },
  work: () => Promise<Shaken>,
): Promise<Shaken> {
  const timer = world.after(timeoutMs, () => stream.abort(refused('It took too long to say hello.')))
  const stop = (): void => stream.abort(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    signal?.throwIfAborted()
    return await work()
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', stop)
  }
}

function refused(message: string): PeerageError {
  return new PeerageError('peer.protocol', message)
}
