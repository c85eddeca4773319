import { fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { encodeVarint } from './protobuf.ts'

/** A link of a DAG-PB node. */
export interface PbLink {
  /** A CID in binary form, not looked into here. */
  readonly hash: Uint8Array
  /** Undefined and empty mean the same to people, but are two encodings. */
  readonly name?: string | undefined
  /** What the DAG behind it has in bytes, as whoever made the link says; what is above 2^53-1 counts as that. A hint. */
  readonly size?: number | undefined
}

/** A node as IPLD's specification `dag-pb` has it. */
export interface PbNode {
  readonly links: readonly PbLink[]
  readonly data?: Uint8Array | undefined
}

/** Bounds in bytes of a block, of a binary CID and of a name, and of links in a node. Beyond is `wire.limit`. */
export const dagPbLimits: Readonly<Record<'blockBytes' | 'hashBytes' | 'nameBytes' | 'links', number>> = {
  // Kubo sends and keeps at most 2 MiB; some old tools made larger ones.
  blockBytes: 4_194_304,
  hashBytes: 160,
  nameBytes: 4_096,
  links: 65_536,
}

const tags = { data: 0x0a, link: 0x12, hash: 0x0a, name: 0x12, size: 0x18 } as const
const emptyName = new Uint8Array(0)

/** The bytes of a node: links in the order given, before the data ("Serial Format"). Whoever makes a directory sorts them first. */
export function encodeDagPb({ links, data }: PbNode): Uint8Array {
  const names = links.map(({ name }) =>
    name === undefined ? undefined : name === '' ? emptyName : utf8(name),
  )
  const bodies = links.map((link, i) => linkBytes(link, names[i]))
  let length = data === undefined ? 0 : fieldBytes(data.length)
  for (const body of bodies) length += fieldBytes(body)
  const writer = new Writer(length)
  links.forEach((link, i) => {
    writer.tag(tags.link, bodies[i]!)
    writeLink(writer, link, names[i])
  })
  if (data !== undefined) writer.field(tags.data, data)
  return writer.bytes
}

/** How long the field of a link will be in its node: for those who have to know whether a node becomes too large. */
export function dagPbLinkBytes(hashBytes: number, nameBytes: number, size: number): number {
  return fieldBytes(fieldBytes(hashBytes) + fieldBytes(nameBytes) + 1 + varintBytes(size))
}

function linkBytes({ hash, size }: PbLink, name: Uint8Array | undefined): number {
  return (
    fieldBytes(hash.length) +
    (name === undefined ? 0 : fieldBytes(name.length)) +
    (size === undefined ? 0 : 1 + varintBytes(size))
  )
}

function writeLink(writer: Writer, { hash, size }: PbLink, name: Uint8Array | undefined): void {
  writer.field(tags.hash, hash)
  if (name !== undefined) writer.field(tags.name, name)
  if (size !== undefined) writer.tag(tags.size, size)
}

/** A length-delimited field with that much in it. */
function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length
}

function varintBytes(value: number): number {
  let count = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) count++
  return count
}

class Writer {
  readonly bytes: Uint8Array
  #at = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
  }

  tag(tag: number, value: number): void {
    this.bytes[this.#at++] = tag
    const varint = encodeVarint(value)
    this.bytes.set(varint, this.#at)
    this.#at += varint.length
  }

  field(tag: number, value: Uint8Array): void {
    this.tag(tag, value.length)
    this.bytes.set(value, this.#at)
    this.#at += value.length
  }
}

/**
 * The node in `bytes`; its parts are views of them. As strict as Go's and JavaScript's readers ("Strictness"): no unknown fields, those of
 * a link in their order, no field twice, the data before or after all links, each link with a hash. Throws `wire.invalid`, `wire.limit`.
 */
export function decodeDagPb(bytes: Uint8Array): PbNode {
  if (bytes.length > dagPbLimits.blockBytes) throw tooMuch('block', bytes.length)
  const reader = new Reader(bytes, 0, bytes.length)
  const links: PbLink[] = []
  let data: Uint8Array | undefined
  let isLinksOver = false
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === tags.data) {
      if (data !== undefined) throw malformed('it has data twice')
      data = reader.field()
      isLinksOver = links.length > 0
    } else if (tag === tags.link) {
      if (isLinksOver) throw malformed('its data stands between its links')
      if (links.length === dagPbLimits.links) throw tooMuch('links', links.length + 1)
      links.push(readLink(reader.sub()))
    } else throw malformed('it has a field that there is not')
  }
  return { links, ...(data && { data }) }
}

function readLink(reader: Reader): PbLink {
  if (reader.done || reader.varint() !== tags.hash) throw malformed('a link does not begin with a hash')
  const hash = reader.field()
  if (hash.length > dagPbLimits.hashBytes) throw tooMuch('hash', hash.length)
  let tag = reader.done ? undefined : reader.varint()
  let name: string | undefined
  if (tag === tags.name) {
    name = textOf(reader.field())
    tag = reader.done ? undefined : reader.varint()
  }
  let size: number | undefined
  if (tag === tags.size) {
    size = reader.varint()
    tag = reader.done ? undefined : reader.varint()
  }
  if (tag !== undefined) throw malformed('a link has fields that it should not, or in another order')
  return { hash, ...(name !== undefined && { name }), ...(size !== undefined && { size }) }
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > dagPbLimits.nameBytes) throw tooMuch('name', bytes.length)
  const text = bytes.length === 0 ? '' : fromUtf8(bytes)
  if (text === undefined) throw malformed('a name is not UTF-8')
  return text
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at === this.#end
  }

  varint(): number {
    let value = 0
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (this.#at === this.#end) throw malformed('a number is cut off')
      const byte = this.#bytes[this.#at++]!
      value += (byte & 127) * scale
      if (byte < 128) return Math.min(value, Number.MAX_SAFE_INTEGER)
    }
    throw malformed('a number is too long')
  }

  field(): Uint8Array {
    const start = this.#pass()
    return this.#bytes.subarray(start, this.#at)
  }

  /** A reader of the next field alone. */
  sub(): Reader {
    const start = this.#pass()
    return new Reader(this.#bytes, start, this.#at)
  }

  #pass(): number {
    const length = this.varint()
    if (length > this.#end - this.#at) throw malformed('a field is longer than what is left')
    const start = this.#at
    this.#at += length
    return start
  }
}

function malformed(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A block is no DAG-PB: ${why}.`)
}

function tooMuch(what: string, value: number): PeerageError {
  return new PeerageError('wire.limit', `A DAG-PB block exceeds a bound: ${what} of ${value}.`, {
    details: { what, value },
  })
}
