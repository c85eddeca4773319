import { fromUtf8, PeerageError } from '../../base/index.ts'
import { addressText } from '../../wire/index.ts'

/** RFC 1035 section 3.2.2 and RFC 3596. */
const typeOf = { 4: 1, 6: 28, text: 16 } as const

/** What is asked: addresses of a family, or texts (TXT, RFC 1035 section 3.3.14). */
export type DnsKind = keyof typeof typeOf

/** Texts that stand under a name; those that are no UTF-8 are passed over. */
export interface DnsTexts {
  readonly texts: readonly string[]
  /** For how long they need not be asked for again. */
  readonly ttlSeconds: number
}
const classInternet = 1
const recursionDesired = 0x0100
const headerBytes = 12
const noSuchName = 3

/** No more addresses of one name are taken. */
export const maxNameAddresses = 16
const maxRecords = 64
const maxTtlSeconds = 86_400

/** A question about a name (RFC 1035 section 4). Throws `network.unreachable` for what no name can be. */
export function encodeDnsQuestion(id: number, name: string, kind: DnsKind): Uint8Array {
  const labels = name.replace(/\.$/, '').split('.')
  const isName = labels.every(label => /^[\x21-\x7e]{1,63}$/.test(label)) && name.length <= 253
  if (!isName) throw new PeerageError('network.unreachable', 'That is no name of a machine.')
  const parts = labels.flatMap(label => [Uint8Array.of(label.length), Buffer.from(label, 'latin1')])
  const head = Buffer.alloc(headerBytes)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(recursionDesired, 2)
  head.writeUInt16BE(1, 4)
  return Buffer.concat([head, ...parts, Uint8Array.of(0, 0, typeOf[kind], 0, classInternet)])
}

/** The addresses in an answer; none when there is no such name. Throws `wire.invalid`. */
export function decodeDnsAnswer(bytes: Uint8Array, id: number, family: 4 | 6): string[] {
  return recordsIn(bytes, id, family)
    .filter(({ data }) => data.length === (family === 4 ? 4 : 16))
    .slice(0, maxNameAddresses)
    .map(({ data }) => addressText(data))
}

/** The texts in an answer; none when there is no such name. Throws `wire.invalid`. */
export function decodeDnsTexts(bytes: Uint8Array, id: number): DnsTexts {
  const records = recordsIn(bytes, id, 'text')
  return {
    texts: records.flatMap(({ data }) => textIn(data) ?? []),
    ttlSeconds: records.reduce((least, { ttlSeconds }) => Math.min(least, ttlSeconds), maxTtlSeconds),
  }
}

interface DnsRecord {
  readonly data: Uint8Array
  readonly ttlSeconds: number
}

/** Records of that kind in an answer; those of aliases on the way are passed over. */
function recordsIn(bytes: Uint8Array, id: number, kind: DnsKind): DnsRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < headerBytes || view.getUint16(0) !== id || (bytes[2]! & 0x80) === 0)
    throw invalid('no answer to what was asked')
  const code = bytes[3]! & 0x0f
  if (code === noSuchName) return []
  if (code !== 0) throw invalid(`the server refuses, code ${code}`)
  let at = headerBytes
  for (let left = view.getUint16(4); left > 0; left--) at = afterName(bytes, at) + 4
  const records: DnsRecord[] = []
  for (let left = Math.min(view.getUint16(6), maxRecords); left > 0; left--) {
    const data = afterName(bytes, at) + 10
    if (data > bytes.length) throw invalid('truncated')
    at = data + view.getUint16(data - 2)
    if (at > bytes.length) throw invalid('truncated')
    if (view.getUint16(data - 10) !== typeOf[kind]) continue
    records.push({ data: bytes.subarray(data, at), ttlSeconds: view.getUint32(data - 6) })
  }
  return records
}

/** A text comes in pieces of up to 255 bytes. */
function textIn(data: Uint8Array): string | undefined {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < data.length; at += 1 + data[at]!) {
    const piece = data.subarray(at + 1, at + 1 + data[at]!)
    if (piece.length < data[at]!) return undefined
    pieces.push(piece)
  }
  return fromUtf8(Buffer.concat(pieces))
}

/** Where the name at `at` ends; a pointer (section 4.1.4) ends it and is not followed. */
function afterName(bytes: Uint8Array, at: number): number {
  for (let here = at; ; ) {
    const length = bytes[here]
    if (length === undefined || here - at > 255) throw invalid('bad name')
    if (length === 0) return here + 1
    if (length >= 0xc0) return here + 2
    if (length > 63) throw invalid('bad name')
    here += 1 + length
  }
}

function invalid(what: string): PeerageError {
  return new PeerageError('wire.invalid', `DNS answer: ${what}.`)
}
