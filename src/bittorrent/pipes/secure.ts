import { concat } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'
import { MseConversation, type MseScript } from '../../wire/index.ts'
import { encryptedStream } from './encrypted-stream.ts'
import type { FirstBytes } from './first-bytes.ts'

/** A connection on which the handshake of BEP 3 is next. */
export interface Opened {
  readonly stream: ByteStream
  readonly first: FirstBytes
  /** What comes and goes is enciphered. */
  readonly encrypted: boolean
}

/** Plays one side of Message Stream Encryption. Rejects with what the script throws, or `peer.protocol` when the stream ends. */
export async function secure({ stream, first }: Opened, script: MseScript): Promise<Opened> {
  const conversation = new MseConversation(script, bytes => stream.send(bytes))
  const secured = await first.take(bytes => conversation.read(bytes))
  const { method, said, decrypt } = secured
  const encrypted = method === 'rc4'
  const upper = encrypted ? encryptedStream(stream, secured) : stream
  first.over(upper, conversation.used, behind => concat([said, encrypted ? decrypt.apply(behind) : behind]))
  return { stream: upper, first, encrypted }
}
