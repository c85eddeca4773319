import { concat, PeerageError } from '../base/index.ts'
import { type CopyBytes, copyWithSet } from './message-decoder.ts'
import { bytesField, encodeVarint, protobufFields, varintField, wireTypes } from './protobuf.ts'

/** One entry of a want-list (Bitswap 1.2 specification, "Wire Format"). */
export interface BitswapWant {
  /** A CID in binary form, not looked into. */
  readonly cid: Uint8Array
  readonly priority: number
  readonly cancel: boolean
  /** `have`: only whether the other side has it. */
  readonly type: 'block' | 'have'
  readonly sendDontHave: boolean
}

/** Whether somebody has a block that was asked for. */
export interface BitswapPresence {
  readonly cid: Uint8Array
  readonly has: boolean
}

export interface BitswapBlock {
  /** Version, codec, code and length of the multihash; empty in messages of version 1.0: a CID of version 0 is meant. */
  readonly prefix: Uint8Array
  readonly data: Uint8Array
}

/** A message without its blocks, which come by themselves while it is read. */
export interface BitswapNotes {
  /** The want-list takes the place of the one before. */
  readonly full: boolean
  readonly wants: readonly BitswapWant[]
  readonly presences: readonly BitswapPresence[]
  /** What the sender still has to send us, in bytes. */
  readonly pendingBytes: number
}

export interface BitswapMessage extends BitswapNotes {
  readonly blocks: readonly BitswapBlock[]
}

/** What a reader has read: a block, the length of one that there was no room for, or all else of a message, at the end of it. */
export type BitswapPart =
  | { readonly block: BitswapBlock }
  | { readonly refused: number }
  | { readonly notes: BitswapNotes }

/** Memory for the data of a block of so many bytes; undefined: it is passed over. */
export type BlockRoom = (length: number, prefix: Uint8Array) => Uint8Array | undefined

/** Bounds of what comes from the network. Other programs take 4 MiB, and their blocks have at most 2 MiB. */
export const bitswapLimits: Readonly<
  Record<
    | 'messageBytes'
    | 'blockBytes'
    | 'cidBytes'
    | 'prefixBytes'
    | 'wants'
    | 'presences'
    | 'fields'
    | 'notesBytes'
    | 'emptyMessages',
    number
  >
> = {
  messageBytes: 4_194_304,
  blockBytes: 4_194_240,
  cidBytes: 128,
  prefixBytes: 40,
  /** Read of one message; those that are over are passed over, as other programs do. */
  wants: 4_096,
  presences: 8_192,
  fields: 16_384,
  /** A want-list, in bytes. */
  notesBytes: 1_048_576,
  /** In a row, that say nothing: they cost who sends them a byte each. */
  emptyMessages: 1_024,
}

const fields = { wantlist: 1, rawBlock: 2, block: 3, presence: 4, pendingBytes: 5 } as const
const wantlistFields = { entry: 1, full: 2 } as const
const wantFields = { cid: 1, priority: 2, cancel: 3, type: 4, sendDontHave: 5 } as const
const blockFields = { prefix: 1, data: 2 } as const
const presenceFields = { cid: 1, type: 2 } as const
const none = new Uint8Array(0)

/** The bytes of a message with their length in front, in pieces: the data of blocks are the caller's own, not copied. */
export function encodeBitswap({
  full,
  wants,
  blocks,
  presences,
  pendingBytes,
}: BitswapMessage): Uint8Array[] {
  const list = [...wants.flatMap(encodeWant), ...(full ? varintField(wantlistFields.full, 1) : [])]
  const notes = concat([
    ...(list.length === 0 ? [] : bytesField(fields.wantlist, concat(list))),
    ...presences.flatMap(encodePresence),
    ...(pendingBytes === 0 ? [] : varintField(fields.pendingBytes, pendingBytes)),
  ])
  const pieces = blocks.flatMap(encodeBlock)
  const length = pieces.reduce((sum, piece) => sum + piece.length, notes.length)
  return [concat([encodeVarint(length), notes]), ...pieces]
}

function encodeWant({ cid, priority, cancel, type, sendDontHave }: BitswapWant): Uint8Array[] {
  const entry = [
    ...bytesField(wantFields.cid, cid),
    ...(priority === 0 ? [] : varintField(wantFields.priority, priority)),
    ...(cancel ? varintField(wantFields.cancel, 1) : []),
    ...(type === 'have' ? varintField(wantFields.type, 1) : []),
    ...(sendDontHave ? varintField(wantFields.sendDontHave, 1) : []),
  ]
  return bytesField(wantlistFields.entry, concat(entry))
}

function encodePresence({ cid, has }: BitswapPresence): Uint8Array[] {
  const entry = [...bytesField(presenceFields.cid, cid), ...(has ? [] : varintField(presenceFields.type, 1))]
  return bytesField(fields.presence, concat(entry))
}

function encodeBlock({ prefix, data }: BitswapBlock): Uint8Array[] {
  const head = concat([
    ...bytesField(blockFields.prefix, prefix),
    encodeVarint(blockFields.data * 8 + wireTypes.bytes),
    encodeVarint(data.length),
  ])
  const length = head.length + data.length
  const tag = [encodeVarint(fields.block * 8 + wireTypes.bytes), encodeVarint(length)]
  return [concat([...tag, head]), data]
}

/** A block as versions before 1.1 write it. */
export function encodeRawBlocks(blocks: readonly Uint8Array[]): Uint8Array[] {
  const body = blocks.flatMap(data => bytesField(fields.rawBlock, data))
  return [encodeVarint(body.reduce((sum, piece) => sum + piece.length, 0)), ...body]
}

/** What the number that is being read is for. */
type Expected = 'message' | 'tag' | 'varint' | 'length' | 'block tag' | 'block varint' | 'block length'

/**
 * Reads messages from the chunks of one stream. The data of a block are copied once, into what `room` gives for them; nothing that is
 * announced is believed before it comes. Fields may stand in any order, unknown ones are passed over, as protobuf wants it.
 */
export class BitswapReader {
  readonly #room: BlockRoom
  readonly #copy: CopyBytes
  #expected: Expected = 'message'
  #number = 0
  #scale = 1
  #numberBytes = 0
  /** Bytes of the message, and of the block in it, that are still to come. */
  #left = 0
  #blockLeft = 0
  #fieldCount = 0
  #field = 0
  /** The bytes that are being read, where they go and how many have come; without a place they are passed over. */
  #bytes: { readonly into: Uint8Array | undefined; readonly length: number; have: number } | undefined
  #inBlock = false
  #prefix: Uint8Array = none
  #data: Uint8Array | undefined
  #dataBytes: number | undefined
  #wants: BitswapWant[] = []
  #presences: BitswapPresence[] = []
  #full = false
  #pendingBytes = 0
  #emptyMessages = 0

  /** `copy`: for rooms in shared memory, where a typed array copies slowly. */
  constructor(room: BlockRoom = length => new Uint8Array(length), copy: CopyBytes = copyWithSet) {
    this.#room = room
    this.#copy = copy
  }

  /** Whether a message has begun that has not ended. */
  get isInside(): boolean {
    return this.#expected !== 'message' || this.#numberBytes > 0
  }

  /** What `chunk` completes. Throws `wire.invalid` or `wire.limit`; after that the stream makes no sense any more. */
  *push(chunk: Uint8Array): Generator<BitswapPart> {
    let at = 0
    while (at < chunk.length) {
      if (this.#bytes === undefined) {
        const end = this.#readNumber(chunk, at)
        this.#consume(end - at)
        at = end
      } else {
        const take = Math.min(this.#bytes.length - this.#bytes.have, chunk.length - at)
        const { into, have } = this.#bytes
        if (into !== undefined) this.#copy(chunk, at, at + take, into, have)
        this.#bytes.have += take
        this.#consume(take)
        at += take
        if (this.#bytes.have === this.#bytes.length) this.#endBytes()
      }
      yield* this.#ended()
    }
  }

  /** Reads on in a number; with its last byte it is acted on. */
  #readNumber(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#numberBytes++ === 10) throw malformed('a number is too long')
      if (this.#numberBytes < 8) this.#number += (byte & 127) * this.#scale
      this.#scale *= 128
      if (byte >= 128) continue
      const value = this.#number
      this.#number = 0
      this.#scale = 1
      this.#numberBytes = 0
      // What is counted down below is before the message begins.
      if (this.#expected === 'message') this.#begin(value, at + 1 - from)
      else this.#act(value, at + 1 - from)
      return at + 1
    }
    return chunk.length
  }

  #begin(length: number, prefixBytes: number): void {
    if (length > bitswapLimits.messageBytes)
      throw new PeerageError('wire.limit', `A Bitswap message has ${length} bytes.`)
    this.#left = length + prefixBytes
    this.#expected = 'tag'
  }

  #consume(bytes: number): void {
    if (this.#expected === 'message') return
    this.#left -= bytes
    if (this.#left < 0) throw malformed('a field is longer than the message')
    if (!this.#inBlock) return
    this.#blockLeft -= bytes
    if (this.#blockLeft < 0) throw malformed('a field is longer than its block')
  }

  #act(value: number, size: number): void {
    if (this.#expected === 'tag') this.#tag(value, 'varint', 'length')
    else if (this.#expected === 'block tag') this.#tag(value, 'block varint', 'block length')
    else if (this.#expected === 'varint') {
      if (this.#field === fields.pendingBytes) this.#pendingBytes = value
      this.#expected = 'tag'
    } else if (this.#expected === 'block varint') this.#expected = 'block tag'
    else if (this.#expected === 'length') this.#openField(value, size)
    else this.#openBlockField(value, size)
  }

  #tag(value: number, varint: Expected, length: Expected): void {
    if (++this.#fieldCount > bitswapLimits.fields)
      throw new PeerageError('wire.limit', 'A Bitswap message has too many fields.')
    this.#field = Math.floor(value / 8)
    const type = value % 8
    if (type === wireTypes.varint) this.#expected = varint
    else if (type === wireTypes.bytes) this.#expected = length
    else throw malformed('a field has a type that no field has')
  }

  #openField(length: number, size: number): void {
    if (length > this.#left - size) throw malformed('a field is longer than the message')
    this.#expected = 'tag'
    if (this.#field === fields.block) {
      this.#inBlock = true
      this.#blockLeft = length + size
      this.#prefix = none
      this.#expected = 'block tag'
    } else if (this.#field === fields.rawBlock) {
      this.#prefix = none
      this.#readBytes(length, this.#roomFor(length))
    } else if (this.#field === fields.wantlist || this.#field === fields.presence) {
      if (length > bitswapLimits.notesBytes)
        throw new PeerageError('wire.limit', `A want-list has ${length} bytes.`)
      this.#readBytes(length, new Uint8Array(length))
    } else this.#readBytes(length, undefined)
  }

  #openBlockField(length: number, size: number): void {
    if (length > this.#blockLeft - size) throw malformed('a field is longer than its block')
    this.#expected = 'block tag'
    if (this.#field === blockFields.prefix) {
      if (length > bitswapLimits.prefixBytes)
        throw new PeerageError('wire.limit', `The prefix of a block has ${length} bytes.`)
      this.#prefix = new Uint8Array(length)
      this.#readBytes(length, this.#prefix)
    } else if (this.#field === blockFields.data) this.#readBytes(length, this.#roomFor(length))
    else this.#readBytes(length, undefined)
  }

  #roomFor(length: number): Uint8Array | undefined {
    if (this.#dataBytes !== undefined) throw malformed('a block has its data twice')
    if (length > bitswapLimits.blockBytes)
      throw new PeerageError('wire.limit', `A block has ${length} bytes.`)
    this.#dataBytes = length
    this.#data = this.#room(length, this.#prefix)
    return this.#data
  }

  #readBytes(length: number, into: Uint8Array | undefined): void {
    this.#bytes = { into, length, have: 0 }
    if (length === 0) this.#endBytes()
  }

  #endBytes(): void {
    const bytes = this.#bytes?.into
    this.#bytes = undefined
    if (this.#inBlock || bytes === undefined) return
    if (this.#field === fields.wantlist) this.#readWantlist(bytes)
    else if (this.#field === fields.presence) this.#readPresence(bytes)
  }

  /** What has come to its end with what was read last. */
  *#ended(): Generator<BitswapPart> {
    if (this.#bytes !== undefined) return
    if (this.#inBlock && this.#blockLeft === 0 && this.#expected === 'block tag' && this.#numberBytes === 0) {
      this.#inBlock = false
      this.#expected = 'tag'
      yield this.#takeBlock()
    } else if (!this.#inBlock && this.#dataBytes !== undefined) yield this.#takeBlock()
    if (this.#left > 0 || this.#expected === 'message') return
    if (this.#expected !== 'tag' || this.#numberBytes > 0) throw malformed('a message is cut off')
    yield this.#takeNotes()
  }

  #takeBlock(): BitswapPart {
    this.#emptyMessages = 0
    const [data, length] = [this.#data, this.#dataBytes ?? 0]
    this.#data = undefined
    this.#dataBytes = undefined
    return data === undefined ? { refused: length } : { block: { prefix: this.#prefix, data } }
  }

  #takeNotes(): BitswapPart {
    const isEmpty = this.#wants.length === 0 && this.#presences.length === 0 && !this.#full
    if (!isEmpty) this.#emptyMessages = 0
    else if (++this.#emptyMessages > bitswapLimits.emptyMessages)
      throw new PeerageError('wire.limit', 'Very many Bitswap messages say nothing.')
    const notes: BitswapNotes = {
      full: this.#full,
      wants: this.#wants,
      presences: this.#presences,
      pendingBytes: this.#pendingBytes,
    }
    this.#wants = []
    this.#presences = []
    this.#full = false
    this.#pendingBytes = 0
    this.#fieldCount = 0
    this.#expected = 'message'
    return { notes }
  }

  #readWantlist(bytes: Uint8Array): void {
    for (const { field, value } of protobufFields(bytes, bitswapLimits.fields)) {
      if (field === wantlistFields.full && typeof value === 'number') this.#full = value !== 0
      if (field !== wantlistFields.entry || typeof value === 'number') continue
      if (this.#wants.length >= bitswapLimits.wants) return
      const want = readWant(value)
      if (want !== undefined) this.#wants.push(want)
    }
  }

  #readPresence(bytes: Uint8Array): void {
    if (this.#presences.length >= bitswapLimits.presences) return
    let cid: Uint8Array = none
    let has = true
    for (const { field, value } of protobufFields(bytes, 16)) {
      if (field === presenceFields.cid && typeof value !== 'number') cid = value
      else if (field === presenceFields.type && typeof value === 'number') has = value === 0
    }
    if (isCidLike(cid)) this.#presences.push({ cid, has })
  }
}

/** Undefined for one with a CID as none is. */
function readWant(bytes: Uint8Array): BitswapWant | undefined {
  let cid: Uint8Array = none
  let priority = 0
  let [cancel, have, sendDontHave] = [false, false, false]
  for (const { field, value } of protobufFields(bytes, 16)) {
    if (field === wantFields.cid && typeof value !== 'number') cid = value
    if (typeof value !== 'number') continue
    // Negative ones have ten bytes; nothing comes of them.
    if (field === wantFields.priority) priority = value > 0x7fff_ffff ? 0 : value
    else if (field === wantFields.cancel) cancel = value !== 0
    else if (field === wantFields.type) have = value === 1
    else if (field === wantFields.sendDontHave) sendDontHave = value !== 0
  }
  if (!isCidLike(cid)) return undefined
  return { cid, priority, cancel, type: have ? 'have' : 'block', sendDontHave }
}

function isCidLike(cid: Uint8Array): boolean {
  return cid.length > 0 && cid.length <= bitswapLimits.cidBytes
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A Bitswap message is malformed: ${reason}.`)
}
