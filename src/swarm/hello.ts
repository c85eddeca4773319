import { PeerageError } from '../base/index.ts'
import { swarmFrameReader } from '../wire/index.ts'
import type { PeerTraits } from './ports.ts'
import { type ByteStream, pump } from './pump.ts'
import type { Session } from './session.ts'
import type { Swarm } from './swarm.ts'

/** What may come behind the first frame before it is answered, in bytes. */
const maxRestBytes = 262_144

/** The first frame of a stream, without its prefix, and the bytes that came with it and belong to the peer wire protocol. */
export interface FirstFrame {
  readonly frame: Uint8Array
  readonly rest: Uint8Array
}

/**
 * Reads the first frame (see `swarm-hello` in `wire/`) and pauses the stream, so that nothing is lost until `acceptPeer`.
 * Rejects with `wire.*` or, when the stream ends before, `peer.protocol`. Time-outs are the caller's: abort the stream.
 */
export function readFirstFrame(stream: ByteStream): Promise<FirstFrame> {
  const reader = swarmFrameReader()
  const { promise, resolve, reject } = Promise.withResolvers<FirstFrame>()
  const gone = (cause?: Error): void =>
    reject(new PeerageError('peer.protocol', 'The stream ended before its first frame.', { cause }))
  stream.onClose(gone)
  stream.onEnd(() => gone())
  stream.onData(chunk => {
    try {
      const { consumed, frame } = reader.push(chunk)
      if (frame === undefined) return
      stream.pause()
      stream.onData(() => undefined)
      if (chunk.length - consumed > maxRestBytes)
        throw new PeerageError('wire.limit', 'Too much came behind the first frame.')
      resolve({ frame, rest: chunk.slice(consumed) })
    } catch (error) {
      reject(error)
    }
  })
  return promise
}

/** Says hello (a whole frame) on a stream that we opened, and gives the answer, for the caller to judge. */
export function greetPeer(options: {
  readonly stream: ByteStream
  readonly hello: Uint8Array
}): Promise<FirstFrame> {
  const answer = readFirstFrame(options.stream)
  options.stream.send(options.hello)
  return answer
}

export interface AcceptOptions {
  readonly stream: ByteStream
  readonly swarm: Swarm
  readonly traits: PeerTraits
  /** The whole frame that answers the hello of whoever opened the stream; absent on the side that opened it. */
  readonly answer?: Uint8Array
  readonly rest?: Uint8Array
}

/**
 * Both sides agree: answers the hello if one came, and joins the swarm. Throws what `Swarm.join` throws (after the answer,
 * so that a member that is not wanted just now is not taken for a stranger); the stream is still the caller's then.
 */
export function acceptPeer({ stream, swarm, traits, answer, rest }: AcceptOptions): Session {
  if (answer !== undefined) stream.send(answer)
  const session = pump({ stream, swarm, traits, ...(rest !== undefined && { rest }) })
  stream.resume()
  return session
}
