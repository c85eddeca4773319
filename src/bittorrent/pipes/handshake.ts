import { equalBytes, PeerageError, type World } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'
import {
  beginsHandshake,
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  type HandshakeFlags,
  handshakeBytes,
  mseDial,
  mseKeyBytes,
  mseListen,
} from '../../wire/index.ts'
import { FirstBytes } from './first-bytes.ts'
import { type Opened, secure } from './secure.ts'

/** Message stream encryption: taken as it comes, insisted on, or never used. */
export type Encryption = 'prefer' | 'require' | 'off'

/**
 * Who does not insist gets a connection that is enciphered only in its beginning: it looks like nothing to a machine that reads
 * along, and costs nothing afterwards. Whoever wants more offers only RC4.
 */
const methods = { prefer: ['plain', 'rc4'], require: ['rc4'] } as const

/** What we say of ourselves. */
export interface OwnHandshake {
  /** 20 bytes. */
  readonly peerId: Uint8Array
  readonly flags: HandshakeFlags
}

/** The swarms that this peer is in, by their 20-byte names. */
export interface SwarmNames {
  has(name: Uint8Array): boolean
  /** The v2 name of the content of that name, if it has one. */
  v2Name(name: Uint8Array): Uint8Array | undefined
  /** The name whose `mseSwarmKey` this is. */
  find(swarmKey: Uint8Array): Uint8Array | undefined
}

/** A connection on which both sides have shown what they want and what they can. Paused. */
export interface Shaken extends Handshake {
  readonly stream: ByteStream
  /** What comes and goes is enciphered. */
  readonly encrypted: boolean
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
  /** `prefer`: the beginning is enciphered, and so is the rest if the other side likes. */
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
  /** Asked when a whole public key has come, before anything is computed with it. */
  mayExchangeKeys(): boolean
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
  const { stream, names, own, encryption, world } = options
  return await within(options, async () => {
    const [name] = names
    const hello = encodeHandshake({ infoHash: name!, ...own })
    const first = new FirstBytes(stream)
    let opened: Opened = { stream, first, encrypted: false }
    if (encryption === 'off') stream.send(hello)
    else {
      const { random } = world
      opened = await secure(opened, mseDial({ random, name: name!, offer: methods[encryption], say: hello }))
    }
    const answer = await opened.first.take(decodeHandshake)
    if (!names.some(one => equalBytes(answer.infoHash, one)))
      throw refused('It answered for another content.')
    return finish(own, answer, opened)
  })
}

/** Waits for hello on a connection that came, and answers only to whoever names a swarm that we are in. */
export async function receiveHands(options: InboundOptions): Promise<Shaken> {
  const { names, own } = options
  return await within(options, async () => {
    const opened = await accept(options)
    const hello = await opened.first.take(decodeHandshake)
    if (!names.has(hello.infoHash)) throw refused('It wants content that is not here.')
    const v2Name = names.v2Name(hello.infoHash)
    const flags = { ...own.flags, v2: v2Name !== undefined }
    // BEP 52, "upgrade path": it is the v2 protocol from here on if both sides can, and only the name says so.
    const infoHash = hello.flags.v2 ? (v2Name ?? hello.infoHash) : hello.infoHash
    opened.stream.send(encodeHandshake({ infoHash, peerId: own.peerId, flags }))
    return finish(own, { ...hello, infoHash }, opened)
  })
}

/** What does not begin like a handshake is taken for a public key. */
async function accept({
  stream,
  names,
  encryption,
  world,
  mayExchangeKeys,
}: InboundOptions): Promise<Opened> {
  const first = new FirstBytes(stream)
  const opened: Opened = { stream, first, encrypted: false }
  if (await first.take(beginsHandshake)) {
    if (encryption === 'require') throw refused('It came without encryption.')
    return opened
  }
  if (encryption === 'off') throw refused('It speaks another protocol, or wants encryption.')
  await first.take(bytes => (bytes.length < mseKeyBytes ? undefined : bytes))
  if (!mayExchangeKeys()) throw refused('Too many exchange keys at the moment.')
  const find = (swarmKey: Uint8Array): Uint8Array | undefined => names.find(swarmKey)
  return await secure(opened, mseListen({ random: world.random, find, take: methods[encryption] }))
}

function finish(own: OwnHandshake, hello: Handshake, { stream, first, encrypted }: Opened): Shaken {
  if (equalBytes(hello.peerId, own.peerId)) throw refused(selfMessage)
  return { ...hello, stream, encrypted, rest: first.end(handshakeBytes) }
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
