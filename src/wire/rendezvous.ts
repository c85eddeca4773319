import { concat, fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { bytesField, protobufFields, varintField } from './protobuf.ts'

/** Bounds of what is said at a rendezvous (libp2p specs `rendezvous`), in bytes and pieces. More registrations are passed over. */
export const rendezvousLimits: Readonly<
  Record<
    'request' | 'answer' | 'namespace' | 'record' | 'cookie' | 'text' | 'registrations' | 'fields',
    number
  >
> = {
  request: 8_192,
  answer: 1_048_576,
  namespace: 255,
  record: 4_096,
  cookie: 512,
  text: 256,
  registrations: 256,
  fields: 512,
}

/** `ResponseStatus` of the specification. */
export const rendezvousStatus: Readonly<
  Record<
    | 'ok'
    | 'invalidNamespace'
    | 'invalidRecord'
    | 'invalidTtl'
    | 'invalidCookie'
    | 'notAuthorized'
    | 'internalError'
    | 'unavailable',
    number
  >
> = {
  ok: 0,
  invalidNamespace: 100,
  invalidRecord: 101,
  invalidTtl: 102,
  invalidCookie: 103,
  notAuthorized: 200,
  internalError: 300,
  unavailable: 400,
}

/** Somebody who can be met under a name. */
export interface Registration {
  readonly namespace: string
  /** A signed envelope around a peer record. */
  readonly record: Uint8Array
  /** Seconds that it holds; whoever registers may leave it open. */
  readonly ttl?: number | undefined
}

export type RendezvousMessage =
  | ({ readonly type: 'register' } & Registration)
  | { readonly type: 'registered'; readonly status: number; readonly ttl?: number | undefined }
  | { readonly type: 'unregister'; readonly namespace: string }
  | {
      readonly type: 'discover'
      /** Every one when left out. */
      readonly namespace?: string | undefined
      readonly limit?: number | undefined
      readonly cookie?: Uint8Array | undefined
    }
  | {
      readonly type: 'discovered'
      readonly status: number
      readonly registrations: readonly Registration[]
      /** Given back with the next question, it asks for what is new since. */
      readonly cookie?: Uint8Array | undefined
    }

/** In the order of the numbers of their types; the body of each stands in the field after that number plus one. */
const types = ['register', 'registered', 'unregister', 'discover', 'discovered'] as const

/** Without its length in front. */
export function encodeRendezvous(message: RendezvousMessage): Uint8Array {
  const at = types.indexOf(message.type)
  return concat([...varintField(1, at), ...bytesField(at + 2, concat(bodyOf(message)))])
}

function bodyOf(message: RendezvousMessage): Uint8Array[] {
  switch (message.type) {
    case 'register':
      return registrationFields(message)
    case 'registered':
      return [...varintField(1, message.status), ...optional(3, message.ttl)]
    case 'unregister':
      return bytesField(1, utf8(message.namespace))
    case 'discover':
      return [
        ...(message.namespace === undefined ? [] : bytesField(1, utf8(message.namespace))),
        ...optional(2, message.limit),
        ...(message.cookie === undefined ? [] : bytesField(3, message.cookie)),
      ]
    case 'discovered':
      return [
        ...message.registrations.flatMap(one => bytesField(1, concat(registrationFields(one)))),
        ...(message.cookie === undefined ? [] : bytesField(2, message.cookie)),
        ...varintField(3, message.status),
      ]
  }
}

function registrationFields({ namespace, record, ttl }: Registration): Uint8Array[] {
  return [...bytesField(1, utf8(namespace)), ...bytesField(2, record), ...optional(3, ttl)]
}

function optional(field: number, value: number | undefined): Uint8Array[] {
  return value === undefined ? [] : varintField(field, value)
}

/** `bytes` come without their length. Byte fields are views. Throws `wire.invalid`, `wire.limit`. */
export function decodeRendezvous(bytes: Uint8Array): RendezvousMessage {
  const fields = new Fields(bytes)
  const at = fields.number(1) ?? 0
  const type = types[at]
  if (type === undefined) throw malformed('its type is unknown')
  const body = new Fields(fields.bytes(at + 2, rendezvousLimits.answer) ?? new Uint8Array(0))
  switch (type) {
    case 'register':
      return { type, ...registrationIn(body) }
    case 'registered':
      return { type, status: body.number(1) ?? 0, ttl: body.number(3) }
    case 'unregister':
      return { type, namespace: body.text(1) ?? '' }
    case 'discover':
      return {
        type,
        namespace: body.text(1),
        limit: body.number(2),
        cookie: body.bytes(3, rendezvousLimits.cookie),
      }
    case 'discovered':
      return {
        type,
        status: body.number(3) ?? 0,
        registrations: body
          .all(1)
          .slice(0, rendezvousLimits.registrations)
          .map(one => registrationIn(new Fields(one))),
        cookie: body.bytes(2, rendezvousLimits.cookie),
      }
  }
}

function registrationIn(fields: Fields): Registration {
  return {
    namespace: fields.text(1) ?? '',
    record: fields.bytes(2, rendezvousLimits.record) ?? new Uint8Array(0),
    ttl: fields.number(3),
  }
}

/** The fields of one message by their numbers; of those that may stand once the last counts, as protobuf asks. */
class Fields {
  readonly #all: { readonly field: number; readonly value: number | Uint8Array }[]

  constructor(bytes: Uint8Array) {
    this.#all = [...protobufFields(bytes, rendezvousLimits.fields)]
  }

  all(field: number): Uint8Array[] {
    return this.#all.flatMap(one => {
      if (one.field !== field) return []
      if (typeof one.value === 'number') throw malformed('a field has another type')
      return [one.value]
    })
  }

  bytes(field: number, maxBytes: number): Uint8Array | undefined {
    const value = this.all(field).at(-1)
    if (value !== undefined && value.length > maxBytes)
      throw new PeerageError('wire.limit', `A rendezvous message has a field of ${value.length} bytes.`)
    return value
  }

  number(field: number): number | undefined {
    const value = this.#all.findLast(one => one.field === field)?.value
    if (value !== undefined && typeof value !== 'number') throw malformed('a field has another type')
    return value
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field, rendezvousLimits.namespace)
    if (bytes === undefined) return undefined
    const text = fromUtf8(bytes)
    if (text === undefined) throw malformed('a name is no text')
    return text
  }
}

function malformed(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A rendezvous message is malformed: ${why}.`)
}
