import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PeerageError, z } from '../base/index.ts'
import type { BytesHead, Caller } from '../peer/index.ts'
import { shownType } from './media-types.ts'

/** One file of a content, as `files.cat` names it. */
interface MediaFile {
  readonly content: string
  readonly file?: string | undefined
}

/** Who got a ticket, which ends with them. */
interface Holder {
  readonly isOver: boolean
}

interface Ticket extends MediaFile {
  readonly holder: Holder | undefined
  readonly name: string
  readonly totalBytes: number
  /** Wall time, ms. */
  usedAt: number
}

export interface MediaLimits {
  /** Tickets at one time; the one that was not used for longest goes first. */
  readonly tickets: number
  /** A ticket that is not used for so long is worth nothing any more. */
  readonly idleMs: number
}

export const mediaLimits: MediaLimits = { tickets: 512, idleMs: 12 * 3_600_000 }

const asked = z.object({ content: z.string().min(1).max(8192), file: z.string().max(4096).optional() })

/** Nothing of a file may run, ask for anything or be framed, however a browser comes to show it. */
const policy = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'; sandbox"

/**
 * Media elements of a browser can send no token. Who has it gets for one file a ticket, which stands in the URL `/media/TICKET/NAME`; it is of 144 random
 * bits, opens that file alone, and ends with the daemon.
 */
export class MediaTickets {
  readonly #limits: MediaLimits
  readonly #now: () => number
  readonly #tickets = new Map<string, Ticket>()

  constructor(now: () => number, limits: MediaLimits = mediaLimits) {
    this.#now = now
    this.#limits = limits
  }

  /** The same file has the same ticket as long as it is good. */
  give(
    file: MediaFile,
    { name = 'file', totalBytes }: Pick<BytesHead, 'name' | 'totalBytes'>,
    holder?: Holder,
  ): string {
    for (const [known, one] of this.#tickets)
      if (
        one.content === file.content &&
        one.file === file.file &&
        one.totalBytes === totalBytes &&
        one.holder === holder &&
        this.use(known) !== undefined
      )
        return known
    const ticket = randomBytes(18).toString('base64url')
    this.#tickets.set(ticket, { ...file, holder, name, totalBytes, usedAt: this.#now() })
    const [oldest] = this.#tickets.keys()
    if (this.#tickets.size > this.#limits.tickets) this.#tickets.delete(oldest!)
    return ticket
  }

  /** What a ticket opens. Used ones move behind the others. */
  use(ticket: string): Ticket | undefined {
    const found = this.#tickets.get(ticket)
    if (found === undefined) return undefined
    this.#tickets.delete(ticket)
    if (this.#now() - found.usedAt > this.#limits.idleMs || found.holder?.isOver === true) return undefined
    found.usedAt = this.#now()
    this.#tickets.set(ticket, found)
    return found
  }
}

/** `POST /api/media`, for those with the token: `{ content, file }` gives `{ url, type, totalBytes, name }`. */
export function giveTickets(
  api: FastifyInstance,
  caller: Caller,
  tickets: MediaTickets,
  holderOf: (request: IncomingMessage) => Holder | undefined,
): void {
  api.post('/api/media', async (request, reply) => {
    const parsed = asked.safeParse(request.body)
    if (!parsed.success) throw new PeerageError('usage.invalid', 'Media are asked for by content and file.')
    const { head, chunks } = await open(caller, parsed.data, { offset: 0, length: 0 }, neverAborted)
    await chunks.return?.()
    const name = head.name ?? 'file'
    const ticket = tickets.give(parsed.data, head, holderOf(request.raw))
    const url = `/media/${ticket}/${encodeURIComponent(name)}`
    return reply.send({ url, type: shownType(name) ?? null, totalBytes: head.totalBytes, name })
  })
}

/** `GET` and `HEAD /media/TICKET/NAME`, with ranges; `?save` has it saved instead of shown. */
export function serveMedia(app: FastifyInstance, caller: Caller, tickets: MediaTickets): void {
  app.route<{ Params: { ticket: string } }>({
    method: ['GET', 'HEAD'],
    url: '/media/:ticket/*',
    handler: async (request, reply) => {
      const ticket = tickets.use(request.params.ticket)
      if (ticket === undefined) return reply.callNotFound()
      return sendFile(request, reply, ticket, caller)
    },
  })
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  ticket: Ticket,
  caller: Caller,
): Promise<FastifyReply> {
  const { totalBytes, name } = ticket
  const type = shownType(name)
  const isSaved = type === undefined || new URLSearchParams(request.url.split('?')[1]).has('save')
  reply.header('content-security-policy', policy)
  reply.header('content-type', type ?? 'application/octet-stream').header('accept-ranges', 'bytes')
  reply.header(
    'content-disposition',
    `${isSaved ? 'attachment' : 'inline'}; filename*=UTF-8''${quoted(name)}`,
  )
  const range = rangeOf(request.headers.range, totalBytes)
  if (range === 'none')
    return reply
      .code(416)
      .header('content-range', `bytes */${totalBytes}`)
      .header('content-length', 0)
      .send('')
  const { offset, length } = range ?? { offset: 0, length: totalBytes }
  if (range !== undefined)
    reply.code(206).header('content-range', `bytes ${offset}-${offset + length - 1}/${totalBytes}`)
  reply.header('content-length', length)
  if (request.method === 'HEAD') return reply.send('')
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new DOMException('The caller went away.', 'AbortError')))
  const { chunks } = await open(caller, ticket, { offset, length }, gone.signal)
  return reply.send(Readable.from({ [Symbol.asyncIterator]: () => chunks }, { objectMode: false }))
}

interface Stretch {
  readonly offset: number
  readonly length: number
}

/** One range of RFC 9110, section 14.1.2; `none` when nothing of it is in the file, undefined for all of it. */
function rangeOf(header: string | undefined, totalBytes: number): Stretch | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const offset = from === '' ? Math.max(0, totalBytes - Number(to)) : Number(from)
  const last = from === '' || to === '' ? totalBytes - 1 : Math.min(totalBytes - 1, Number(to))
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined
  return offset > last ? 'none' : { offset, length: last - offset + 1 }
}

/** RFC 8187: everything but letters and digits by its bytes. */
function quoted(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    one => `%${one.charCodeAt(0).toString(16)}`,
  )
}

const neverAborted: AbortSignal = new AbortController().signal

async function open(
  caller: Caller,
  { content, file }: MediaFile,
  stretch: Stretch,
  signal: AbortSignal,
): Promise<{ head: BytesHead; chunks: AsyncIterator<Uint8Array> }> {
  const input = { content, ...(file === undefined ? {} : { file }), ...stretch }
  const values = caller.call('files.cat', input, { signal }) as AsyncIterable<BytesHead | Uint8Array>
  const chunks = values[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true || first.value instanceof Uint8Array)
    throw new PeerageError('usage.invalid', 'Only files of a content here can be looked at.')
  return { head: first.value, chunks: chunks as AsyncIterator<Uint8Array> }
}
