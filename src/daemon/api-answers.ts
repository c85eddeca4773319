import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { BytesHead } from '../peer/index.ts'
import { asPeerageError } from './api-errors.ts'

const rowsAtOnce = 2000

/** Sends one value as JSON. Of a long list some rows at a time: the 8 MB of 60,000 files would keep all others waiting. */
export function answerValue(reply: FastifyReply, value: unknown): FastifyReply {
  reply.header('content-type', 'application/json; charset=utf-8')
  if (!Array.isArray(value) || value.length <= rowsAtOnce) return reply.send(JSON.stringify(value ?? null))
  return reply.send(Readable.from(rowsOf(value), { objectMode: false }))
}

async function* rowsOf(rows: readonly unknown[]): AsyncGenerator<string> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = JSON.stringify(rows.slice(from, from + rowsAtOnce)).slice(1, -1)
    yield (from === 0 ? '[' : ',') + some
    await setImmediate()
  }
  yield ']'
}

/** Sends the values of a stream one JSON object a line as they come, then `{"result":...}` or `{"error":...}`. */
export async function answerStream(
  reply: FastifyReply,
  values: AsyncIterable<unknown>,
  failed: (error: unknown) => void,
): Promise<FastifyReply> {
  const iterator = values[Symbol.asyncIterator]()
  // What fails before the first value still gets its proper status.
  const first = await iterator.next()
  reply.header('content-type', 'application/x-ndjson; charset=utf-8')
  return reply.send(Readable.from(lines(first, iterator, failed), { objectMode: false }))
}

async function* lines(
  first: IteratorResult<unknown>,
  iterator: AsyncIterator<unknown>,
  failed: (error: unknown) => void,
): AsyncGenerator<string> {
  let last: unknown = null
  try {
    for (let turn = first; turn.done !== true; turn = await iterator.next()) {
      last = turn.value
      yield `${JSON.stringify({ value: last ?? null })}\n`
    }
    yield `${JSON.stringify({ result: last ?? null })}\n`
  } catch (error) {
    failed(error)
    yield `${JSON.stringify({ error: asPeerageError(error) })}\n`
  } finally {
    await iterator.return?.()
  }
}

export interface ByteRange {
  readonly offset: number
  readonly length?: number
}

/** One `bytes=FROM-TO` range (RFC 9110, section 14.1.2); others are ignored, as it allows. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null) return undefined
  const offset = Number(match[1])
  if (match[2] === '') return { offset }
  const length = Number(match[2]) - offset + 1
  return length > 0 ? { offset, length } : undefined
}

/** Sends bytes as they come. A head that comes first tells their length and place in the whole. */
export async function answerBytes(
  reply: FastifyReply,
  values: AsyncIterable<unknown>,
  range: ByteRange | undefined,
): Promise<FastifyReply> {
  const iterator = bytesOf(values)
  const first = await iterator.next()
  const head =
    first.done === true || first.value instanceof Uint8Array ? undefined : (first.value as BytesHead)
  reply.header('content-type', 'application/octet-stream').header('accept-ranges', 'bytes')
  reply.header('content-disposition', 'attachment')
  if (head !== undefined) reply.header('content-length', head.length)
  if (range !== undefined) reply.code(206).header('content-range', contentRange(range, head))
  return reply.send(
    Readable.from(chunks(head === undefined ? first : undefined, iterator), { objectMode: false }),
  )
}

/** What is told in between has no place among bytes. */
async function* bytesOf(values: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const value of values)
    if (value instanceof Uint8Array || (value as BytesHead).length !== undefined) yield value
}

function contentRange({ offset, length }: ByteRange, head: BytesHead | undefined): string {
  const size = head?.length ?? length ?? 0
  return `bytes ${offset}-${offset + size - 1}/${head?.totalBytes ?? '*'}`
}

async function* chunks(
  first: IteratorResult<unknown> | undefined,
  iterator: AsyncIterator<unknown>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let turn = first ?? (await iterator.next()); turn.done !== true; turn = await iterator.next())
      yield turn.value as Uint8Array
  } finally {
    await iterator.return?.()
  }
}
