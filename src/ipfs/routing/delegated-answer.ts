import { canonicalPeerId } from '../../access/index.ts'
import { fromUtf8, PeerageError } from '../../base/index.ts'
import type { Provider } from '../ports.ts'

/** Bounds in bytes and pieces; more addresses and protocols are passed over, a longer answer or line is refused. */
export const delegatedLimits: Readonly<
  Record<'answerBytes' | 'lineBytes' | 'addresses' | 'addressLength' | 'protocols' | 'protocolLength', number>
> = {
  answerBytes: 2_097_152,
  lineBytes: 65_536,
  addresses: 32,
  addressLength: 512,
  protocols: 16,
  protocolLength: 63,
}

/** Takes a stream of JSON texts, one a line (`http-routing-v1`, "Streaming"). `push` throws `wire.limit` and `wire.invalid`. */
export class LineReader {
  /** Of the line that is coming; put together once, when its end comes. */
  #pieces: Uint8Array[] = []
  #lineBytes = 0
  #bytes = 0

  /** Providers in the lines that are complete with this. The chunk is only lent. */
  push(chunk: Uint8Array): Provider[] {
    this.#bytes += chunk.length
    if (this.#bytes > delegatedLimits.answerBytes) throw tooLong()
    const providers: Provider[] = []
    let at = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, at)) {
      this.#add(chunk.subarray(at, end))
      providers.push(...this.end())
      at = end + 1
    }
    this.#add(chunk.subarray(at))
    return providers
  }

  /** What stands after the last end of a line. */
  end(): Provider[] {
    const line = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#lineBytes = 0
    return line.every(byte => byte <= space) ? [] : providerIn(json(line))
  }

  #add(piece: Uint8Array): void {
    this.#lineBytes += piece.length
    if (this.#lineBytes > delegatedLimits.lineBytes) throw tooLong()
    if (piece.length > 0) this.#pieces.push(new Uint8Array(piece))
  }
}

const space = 32
const newline = 10

/** Providers or peers in an answer that is one JSON text. Throws `wire.limit`, `wire.invalid`. */
export function decodeDelegatedAnswer(bytes: Uint8Array): Provider[] {
  if (bytes.length > delegatedLimits.answerBytes) throw tooLong()
  const answer = json(bytes)
  const lists = isRecord(answer) ? [answer.Providers, answer.Peers] : []
  return lists.flatMap(list => (Array.isArray(list) ? list.flatMap(providerIn) : []))
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '')
  } catch (cause) {
    throw new PeerageError('wire.invalid', 'The routing server answers no JSON.', { cause })
  }
}

/** A record of the schema `peer`, or of `bitswap` that came before; none for other schemas and what is malformed. */
function providerIn(record: unknown): Provider[] {
  if (!isRecord(record) || typeof record.ID !== 'string') return []
  const { Schema, ID, Addrs, Protocols, Protocol } = record
  if (Schema !== 'peer' && Schema !== 'bitswap') return []
  const protocols = texts(Protocols ?? (Protocol === undefined ? [] : [Protocol]), {
    most: delegatedLimits.protocols,
    length: delegatedLimits.protocolLength,
  })
  try {
    const peer = canonicalPeerId(ID)
    const addresses = texts(Addrs, { most: delegatedLimits.addresses, length: delegatedLimits.addressLength })
    return [{ peer, addresses: addresses.map(one => without(one, ID)), protocols }]
  } catch {
    return []
  }
}

function texts(value: unknown, { most, length }: { most: number; length: number }): string[] {
  if (!Array.isArray(value)) return []
  const found: string[] = []
  for (const one of value) {
    if (found.length >= most) break
    if (typeof one === 'string' && one !== '' && one.length <= length) found.push(one)
  }
  return found
}

function without(address: string, peer: string): string {
  const end = `/p2p/${peer}`
  return address.endsWith(end) ? address.slice(0, -end.length) : address
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object'
}

function tooLong(): PeerageError {
  return new PeerageError('wire.limit', 'The routing server answers more than it may.')
}
