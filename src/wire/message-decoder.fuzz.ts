import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, equalBytes, PeerageError } from '../base/index.ts'
import { MessageDecoder } from './message-decoder.ts'
import { encodeMessage, type Message } from './peer-wire.ts'

const fields = { root: new Uint8Array(32).fill(5), baseLayer: 0, index: 0, length: 2, proofLayers: 3 }
const messages: readonly Message[] = [
  { type: 'extended', id: 0, payload: new Uint8Array(20) },
  { type: 'bitfield', bytes: new Uint8Array(9).fill(255) },
  { type: 'keepalive' },
  { type: 'unchoke' },
  { type: 'request', piece: 1, begin: 0, length: 16384 },
  { type: 'piece', piece: 1, begin: 0, length: 50, data: new Uint8Array(50).fill(9) },
  { type: 'have', piece: 3 },
  { type: 'hash-request', ...fields },
  { type: 'hashes', ...fields, hashes: new Uint8Array(96) },
  { type: 'reject', piece: 1, begin: 0, length: 16384 },
  { type: 'port', port: 6881 },
  { type: 'have-none' },
]

interface Outcome {
  readonly messages: Message[]
  readonly code?: string
}

function decodeAll(input: Uint8Array, chunkBytes: number): Outcome {
  const messages: Message[] = []
  const decoder = new MessageDecoder({
    place: (piece, _begin, length) => (piece % 2 === 0 ? undefined : new Uint8Array(length)),
    onMessage: message => messages.push(message),
  })
  try {
    for (let at = 0; at < input.length; at += chunkBytes) decoder.push(input.subarray(at, at + chunkBytes))
    return { messages }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return { messages, code: error.code }
  }
}

/** Where chunks end must make no difference. */
function run(input: Uint8Array): void {
  const whole = decodeAll(input, Math.max(1, input.length))
  const chunked = decodeAll(input, input.length > 65_536 ? 1021 : 1 + (input.length % 61))
  if (whole.code !== chunked.code || whole.messages.length !== chunked.messages.length)
    throw new Error('the outcome depends on where chunks end')
  for (const [i, message] of whole.messages.slice(0, 1000).entries())
    if (!sameMessage(message, chunked.messages[i]!)) throw new Error('a message depends on where chunks end')
}

function sameMessage(a: Message, b: Message): boolean {
  if (a.type === 'piece' && a.data === undefined) return b.type === 'piece' && b.length === a.length
  return equalBytes(encodeMessage(a), encodeMessage(b))
}

export const fuzz: FuzzTarget = {
  name: 'message-decoder',
  seeds: [concat(messages.map(encodeMessage)), ...messages.map(encodeMessage)],
  run,
}
