import { PeerageError } from '../../base/index.ts'

/** The part of a DNS message (RFC 1035 section 4) that multicast DNS service discovery needs. */
export interface DnsMessage {
  readonly response: boolean
  readonly questions: readonly DnsQuestion[]
  /** Answers, authorities and additionals alike; of types other than PTR and TXT only the name is kept. */
  readonly records: readonly DnsRecord[]
}

export interface DnsQuestion {
  readonly name: string
  readonly type: number
}

export interface DnsRecord {
  readonly name: string
  readonly type: number
  readonly ttlSeconds: number
  /** The name a PTR record points to. */
  readonly target?: string
  /** The strings of a TXT record. */
  readonly texts?: readonly string[]
}

export const DnsType = { ptr: 12, txt: 16, any: 255 } as const

/** RFC 6762 section 17: no message is larger. */
export const maxDnsBytes = 9000
const maxEntries = 64
const maxNameLength = 255
const maxPointers = 8
const classInternet = 1
const flagsResponse = 0x8400

const invalid = (what: string): PeerageError => new PeerageError('wire.invalid', `DNS message: ${what}.`)

class Reader {
  readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  uint8(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw invalid('truncated')
    return value
  }

  uint16(): number {
    return (this.uint8() << 8) | this.uint8()
  }

  uint32(): number {
    return this.uint16() * 65536 + this.uint16()
  }

  text(length: number): string {
    const end = this.at + length
    if (end > this.bytes.length) throw invalid('truncated')
    let text = ''
    while (this.at < end) text += String.fromCharCode(this.uint8())
    return text
  }

  /** RFC 1035 section 4.1.4; pointers lead backwards only, so they cannot loop. */
  name(): string {
    let name = ''
    let pointers = 0
    let resume = -1
    let lowest = this.at
    for (;;) {
      const length = this.uint8()
      if (length === 0) break
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.uint8()
        if (resume < 0) resume = this.at
        if (target >= lowest || ++pointers > maxPointers) throw invalid('bad name pointer')
        lowest = target
        this.at = target
        continue
      }
      if (length > 63) throw invalid('bad label')
      name += `${name === '' ? '' : '.'}${this.text(length)}`
      if (name.length > maxNameLength) throw invalid('name too long')
    }
    if (resume >= 0) this.at = resume
    return name.toLowerCase()
  }
}

function readRecord(reader: Reader): DnsRecord {
  const name = reader.name()
  const type = reader.uint16()
  reader.uint16()
  const ttlSeconds = reader.uint32()
  const length = reader.uint16()
  const end = reader.at + length
  if (end > reader.bytes.length) throw invalid('truncated')
  let record: DnsRecord = { name, type, ttlSeconds }
  if (type === DnsType.ptr) record = { ...record, target: reader.name() }
  else if (type === DnsType.txt) record = { ...record, texts: readTexts(reader, end) }
  else reader.at = end
  if (reader.at !== end) throw invalid('record length is wrong')
  return record
}

function readTexts(reader: Reader, end: number): string[] {
  const texts: string[] = []
  while (reader.at < end) {
    texts.push(reader.text(reader.uint8()))
    if (texts.length > maxEntries) throw invalid('too many strings')
  }
  return texts
}

/** Decodes a message of at most 9,000 bytes and 64 entries. Throws `wire.invalid`. */
export function decodeDnsMessage(bytes: Uint8Array): DnsMessage {
  if (bytes.length > maxDnsBytes) throw invalid('too large')
  const reader = new Reader(bytes)
  reader.uint16()
  const flags = reader.uint16()
  const questionCount = reader.uint16()
  const recordCount = reader.uint16() + reader.uint16() + reader.uint16()
  if (questionCount + recordCount > maxEntries) throw invalid('too many entries')
  const questions: DnsQuestion[] = []
  for (let i = 0; i < questionCount; i++) {
    questions.push({ name: reader.name(), type: reader.uint16() })
    reader.uint16()
  }
  const records: DnsRecord[] = []
  for (let i = 0; i < recordCount; i++) records.push(readRecord(reader))
  return { response: (flags & 0x8000) !== 0, questions, records }
}

class Writer {
  readonly bytes: number[] = []

  uint16(value: number): void {
    this.bytes.push((value >>> 8) & 0xff, value & 0xff)
  }

  text(text: string): void {
    this.bytes.push(text.length)
    for (let i = 0; i < text.length; i++) this.bytes.push(text.charCodeAt(i) & 0xff)
  }

  name(name: string): void {
    for (const label of name.split('.')) this.text(label)
    this.bytes.push(0)
  }
}

/** Encodes a message; labels are at most 63 and strings at most 255 ASCII characters. */
export function encodeDnsMessage(message: DnsMessage): Uint8Array {
  const writer = new Writer()
  writer.uint16(0)
  writer.uint16(message.response ? flagsResponse : 0)
  writer.uint16(message.questions.length)
  writer.uint16(message.records.length)
  writer.uint16(0)
  writer.uint16(0)
  for (const question of message.questions) {
    writer.name(question.name)
    writer.uint16(question.type)
    writer.uint16(classInternet)
  }
  for (const record of message.records) writeRecord(writer, record)
  return Uint8Array.from(writer.bytes)
}

function writeRecord(writer: Writer, record: DnsRecord): void {
  writer.name(record.name)
  writer.uint16(record.type)
  writer.uint16(classInternet)
  writer.uint16(record.ttlSeconds >>> 16)
  writer.uint16(record.ttlSeconds & 0xffff)
  const data = new Writer()
  if (record.target !== undefined) data.name(record.target)
  for (const text of record.texts ?? []) data.text(text)
  writer.uint16(data.bytes.length)
  writer.bytes.push(...data.bytes)
}
