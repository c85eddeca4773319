import { concat, sha256, toHex, utf8 } from '../../base/index.ts'
import { GatewayFailure } from './failure.ts'
import { type ByteSpan, readRanges } from './http-range.ts'
import type { GatewayRequest } from './place.ts'
import { commonHeaders, type GatewayAnswer, onlyOf } from './responses.ts'

/** Something of which parts may be asked for. */
export interface Ranged {
  readonly request: GatewayRequest
  /** In bytes. */
  readonly size: number
  readonly type: string
  /** With its ETag. */
  readonly headers: Readonly<Record<string, string>>
  /** What is answered in place of something else is always whole. */
  readonly status?: number
  chunks(span: ByteSpan): AsyncIterable<Uint8Array>
}

/** All of it, or the ranges that are asked for. Throws a `GatewayFailure` 416. */
export function rangedAnswer(ranged: Ranged): GatewayAnswer {
  const { size, type, status = 200 } = ranged
  const spans = status === 200 ? askedSpans(ranged) : undefined
  if (spans === undefined) {
    const whole = { from: 0, to: size - 1 }
    return answered(ranged, status, { 'content-type': type, 'content-length': String(size) }, () =>
      ranged.chunks(whole),
    )
  }
  const [span, ...more] = spans
  if (more.length > 0) return multipart(ranged, spans)
  return answered(
    ranged,
    206,
    {
      'content-type': type,
      'content-length': String(span!.to + 1 - span!.from),
      'content-range': `bytes ${span!.from}-${span!.to}/${size}`,
    },
    () => ranged.chunks(span!),
  )
}

/** Bytes that are in memory. */
export function rangedBytes(
  request: GatewayRequest,
  bytes: Uint8Array,
  type: string,
  headers: Readonly<Record<string, string>>,
): GatewayAnswer {
  const chunks = ({ from, to }: ByteSpan) => onlyOf(bytes.subarray(from, to + 1))
  return rangedAnswer({ request, size: bytes.length, type, headers, chunks })
}

/** Only GET has ranges (RFC 9110, section 14.2); those of another state of the content are no ranges of this one (section 13.1.5). */
function askedSpans({
  request: { method, headers: asked },
  size,
  headers,
}: Ranged): readonly ByteSpan[] | undefined {
  if (method !== 'GET') return undefined
  if (asked['if-range'] !== undefined && asked['if-range'] !== headers.etag) return undefined
  const spans = readRanges(asked.range, size)
  if (spans !== 'beyond') return spans
  throw new GatewayFailure(416, `The range lies behind the end: there are ${size} bytes.`, { size })
}

function answered(
  { headers }: Ranged,
  status: number,
  own: Readonly<Record<string, string>>,
  body: () => AsyncIterable<Uint8Array>,
): GatewayAnswer {
  return { status, headers: { ...commonHeaders, ...headers, ...own, 'accept-ranges': 'bytes' }, body: body() }
}

/** "multipart/byteranges" (RFC 9110, section 14.6). */
function multipart(ranged: Ranged, spans: readonly ByteSpan[]): GatewayAnswer {
  const { size, type, headers, chunks } = ranged
  const text = spans.map(({ from, to }) => `${from}-${to}`).join()
  // Content cannot have it in it: the ETag has the hash of the content.
  const boundary = toHex(sha256(utf8(`${headers.etag} ${text}`))).slice(0, 32)
  const parts = spans.map((span, i) => ({
    span,
    head: utf8(
      `${i === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: bytes ${span.from}-${span.to}/${size}\r\n\r\n`,
    ),
  }))
  const end = utf8(`\r\n--${boundary}--\r\n`)
  const length = parts.reduce(
    (sum, { span, head }) => sum + head.length + span.to + 1 - span.from,
    end.length,
  )
  const own = {
    'content-type': `multipart/byteranges; boundary=${boundary}`,
    'content-length': String(length),
  }
  return answered(ranged, 206, own, async function* () {
    for (const { span, head } of parts) {
      // With the first bytes, so that what fails before them still gets a status of its own.
      let waiting: Uint8Array | undefined = head
      for await (const bytes of chunks(span)) {
        yield waiting === undefined ? bytes : concat([waiting, bytes])
        waiting = undefined
      }
    }
    yield end
  })
}
