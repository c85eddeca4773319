/** A request that is not answered with content: an HTTP status and a sentence for the person who asked. */
export class GatewayFailure extends Error {
  readonly status: number
  /** Seconds after which it may be worth asking again. */
  readonly retryAfter: number | undefined

  constructor(status: number, message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.retryAfter = options.retryAfter
  }
}

/** A text of somebody else made fit for a sentence: short, on one line, and nothing in it that turns what stands around it. */
export function shown(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD').toWellFormed()
}
