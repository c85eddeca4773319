/** A request that is not answered with content: an HTTP status and a sentence for the person who asked. */
export class GatewayFailure extends Error {
  readonly status: number
  /** What else is told to programs. */
  readonly headers: Readonly<Record<string, string>>

  /** @param options.retryAfter seconds after which it may be worth asking again; `size` in bytes, where a range lies behind the end */
  constructor(
    status: number,
    message: string,
    { retryAfter, size, cause }: { retryAfter?: number; size?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.headers = {
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(size !== undefined && { 'content-range': `bytes */${size}` }),
    }
  }
}

/** A text of somebody else made fit for a sentence: short, on one line, and nothing in it that turns what stands around it. */
export function shown(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD').toWellFormed()
}
