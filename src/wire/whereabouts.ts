import { concat, PeerageError } from '../base/index.ts'
import { bytesField, protobufFields, varintField } from './protobuf.ts'

/**
 * What peers tell one another about where peers are, in `/peerage/peers/1` and `/peerage/overlay/1` (docs/decisions/019-discovery.md): a
 * protobuf message, all kinds of one form.
 */
export interface Whereabouts {
  readonly type: WhereaboutsType
  /** Of a question, made by chance: 8 bytes. Empty where none is needed. */
  readonly id: Uint8Array
  /** How often it may be passed on. */
  readonly hops: number
  /** 32 bytes each. */
  readonly topics: readonly Uint8Array[]
  /** Signed peer records, which nobody has looked into yet. */
  readonly records: readonly Uint8Array[]
}

export type WhereaboutsType = (typeof types)[number]

const types = [
  /** Who is under the topic? */
  'find',
  /** These are. */
  'found',
  /** The peer of the record is under the topics. */
  'announce',
  /** A stream begins: this is me, may I be your neighbour? */
  'join',
  /** You may; here are others. */
  'accept',
  /** There is no room; try others. */
  'refuse',
  /** Some whom I know; whom do you know? */
  'shuffle',
  /** These. */
  'shuffled',
] as const

/** Bounds of one message, in bytes and pieces. Beyond those in bytes it is refused, beyond those in pieces too. */
export const whereaboutsLimits: Readonly<
  Record<'message' | 'id' | 'hops' | 'topic' | 'topics' | 'record' | 'records' | 'fields', number>
> = {
  message: 65_536,
  id: 8,
  hops: 64,
  topic: 32,
  topics: 1_024,
  record: 4_096,
  records: 16,
  fields: 1_100,
}

/** Without its length in front. */
export function encodeWhereabouts({ type, id, hops, topics, records }: Whereabouts): Uint8Array {
  return concat([
    ...varintField(1, types.indexOf(type)),
    ...(id.length === 0 ? [] : bytesField(2, id)),
    ...(hops === 0 ? [] : varintField(3, hops)),
    ...topics.flatMap(topic => bytesField(4, topic)),
    ...records.flatMap(record => bytesField(5, record)),
  ])
}

/** `bytes` come without their length. Byte fields are views. Throws `wire.invalid`, `wire.limit`. */
export function decodeWhereabouts(bytes: Uint8Array): Whereabouts {
  const { message, fields: maxFields, topics: maxTopics, records: maxRecords } = whereaboutsLimits
  if (bytes.length > message) throw tooMuch('it is too long')
  let number = 0
  let id: Uint8Array = new Uint8Array(0)
  let hops = 0
  const topics: Uint8Array[] = []
  const records: Uint8Array[] = []
  for (const { field, value } of protobufFields(bytes, maxFields)) {
    if (field > 5) continue
    if ((typeof value === 'number') !== (field === 1 || field === 3))
      throw malformed('a field has another type')
    if (field === 1) number = value as number
    else if (field === 2) id = value as Uint8Array
    else if (field === 3) hops = value as number
    else if (field === 4) topics.push(value as Uint8Array)
    else records.push(value as Uint8Array)
  }
  const type = types[number]
  if (type === undefined) throw malformed('its type is unknown')
  if (id.length !== 0 && id.length !== whereaboutsLimits.id) throw malformed('its id has another length')
  if (topics.some(({ length }) => length !== whereaboutsLimits.topic))
    throw malformed('a topic has another length')
  if (topics.length > maxTopics || records.length > maxRecords) throw tooMuch('it says too much at once')
  if (hops > whereaboutsLimits.hops || records.some(({ length }) => length > whereaboutsLimits.record))
    throw tooMuch('it goes too far, or a record is too long')
  return { type, id, hops, topics, records }
}

function malformed(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A message about where peers are is malformed: ${why}.`)
}

function tooMuch(why: string): PeerageError {
  return new PeerageError('wire.limit', `A message about where peers are is refused: ${why}.`)
}
