import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PeerageError, z } from '../base/index.ts'
import { isRemote } from './http-guard.ts'

export interface PageTicketLimits {
  /** A ticket that was not used by then is worth nothing any more. */
  readonly validMs: number
  /** Tickets at one time; the oldest goes first. */
  readonly tickets: number
  /** After so many wrong ones all that are out end: somebody guesses. */
  readonly wrongTries: number
}

export const pageTicketLimits: PageTicketLimits = { validMs: 300_000, tickets: 8, wrongTries: 16 }

/** An address that opens the web app once. */
export interface PageAddress {
  /** `http://127.0.0.1:PORT/#ticket=HEX` */
  readonly url: string
  /** When it stops to be good if nobody uses it, in milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * The key of the API never stands in an address, where the history of a browser and the list of processes would keep it. A ticket does: of 144
 * random bits, good once and for a short while, and given for the key by the page that it opened.
 */
export class PageTickets {
  readonly #now: () => number
  readonly #limits: PageTicketLimits
  /** When each ends, by ticket, the oldest first. */
  readonly #open = new Map<string, number>()
  #wrong = 0

  constructor(now: () => number, limits: PageTicketLimits = pageTicketLimits) {
    this.#now = now
    this.#limits = limits
  }

  /** A new address of the page at `url`. */
  give(url: string): PageAddress {
    const ticket = randomBytes(18).toString('hex')
    const expiresAt = this.#now() + this.#limits.validMs
    this.#open.set(ticket, expiresAt)
    this.#wrong = 0
    const [oldest] = this.#open.keys()
    if (this.#open.size > this.#limits.tickets) this.#open.delete(oldest!)
    return { url: `${url}/#ticket=${ticket}`, expiresAt }
  }

  /** Whether it is good, which it is not again. */
  redeem(ticket: string): boolean {
    const expiresAt = this.#open.get(ticket)
    this.#open.delete(ticket)
    if (expiresAt !== undefined && this.#now() < expiresAt) return true
    this.#wrong += 1
    if (this.#wrong >= this.#limits.wrongTries) this.#open.clear()
    return false
  }
}

const shown = z.object({ ticket: z.string().max(64) })

/** `POST /api/ticket`, on this computer: `{ ticket }` gives `{ token }`, once. The only door there that is open without the key. */
export function takePageTickets(app: FastifyInstance, tickets: PageTickets, token: string): void {
  app.post('/api/ticket', async (request, reply) => {
    if (isRemote(request.raw)) return reply.callNotFound()
    const { data } = shown.safeParse(request.body)
    if (data === undefined || !tickets.redeem(data.ticket))
      throw new PeerageError('api.unauthorized', 'This address was used already, or is too old.')
    return { token }
  })
}
