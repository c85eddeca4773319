import fc from 'fast-check'
import { expect, it } from 'vitest'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { type HttpHead, HttpResponseReader, maxHttpHeadBytes } from './http-response.ts'

interface Answer {
  readonly head: HttpHead | undefined
  readonly body: string
  readonly ended: boolean
  readonly reader: HttpResponseReader
}

/** Read in the pieces that `cuts` makes of it; `closes`: the connection ends behind it. */
function read(
  text: string,
  { cuts = [], closes = false }: { cuts?: number[]; closes?: boolean } = {},
): Answer {
  let head: HttpHead | undefined
  let ended = false
  const parts: Uint8Array[] = []
  const reader = new HttpResponseReader({
    head: one => {
      head = one
    },
    body: chunk => void parts.push(chunk.slice()),
    end: () => {
      ended = true
    },
  })
  const bytes = utf8(text)
  const ends = [...cuts.map(cut => cut % bytes.length), bytes.length].sort((a, b) => a - b)
  let at = 0
  for (const end of ends) {
    reader.receive(bytes.subarray(at, end))
    at = end
  }
  if (closes) reader.closed()
  return { head, body: new TextDecoder().decode(concat(parts)), ended, reader }
}

const ok = 'HTTP/1.1 200 OK\r\n'
const cuts = fc.array(fc.nat(), { maxLength: 20 })

it.each([
  ['a length', `${ok}Content-Length: 5\r\n\r\nhello`, true],
  ['the same length twice', `${ok}Content-Length: 5\r\ncontent-length:5\r\n\r\nhello`, true],
  ['chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nLate: x\r\n\r\n`, true],
  [
    'something in advance',
    `HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n${ok}content-length: 5\r\n\r\nhello`,
    true,
  ],
  ['the end asked for', `${ok}Connection: x, Close\r\nContent-Length: 5\r\n\r\nhello`, false],
  ['the older version', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', false],
  ['more than there should be', `${ok}Content-Length: 5\r\n\r\nhelloo`, false],
])('an answer with %s, however it is cut', (_, text, reusable) => {
  fc.assert(
    fc.property(cuts, at => {
      const { head, body, ended, reader } = read(text, { cuts: at })
      expect(head?.status).toBe(200)
      expect(body).toBe('hello')
      expect(ended).toBe(true)
      expect(reader.isReusable).toBe(reusable)
    }),
  )
})

it('a body that ends with the connection', () => {
  const { body, reader } = read(`${ok}\r\nhello`, { closes: true })
  expect(body).toBe('hello')
  expect(reader.isReusable).toBe(false)
})

it.each(['204 No Content', '304 Not Modified'])('%s has no body', status => {
  expect(read(`HTTP/1.1 ${status}\r\n\r\n`).reader.isReusable).toBe(true)
})

it('headers by lower-case name, those of one name together', () => {
  const { head } = read(`${ok}X-One:  a \r\nx-one: b\r\n\r\n`)
  expect([...(head?.headers ?? [])]).toEqual([['x-one', 'a, b']])
})

it.each([
  ['nothing', '', true],
  ['another protocol', 'SSH-2.0-x\r\n\r\n'],
  ['another version', 'HTTP/2 200\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 099 x\r\n\r\n'],
  ['a protocol that nobody asked for', 'HTTP/1.1 101 Switching\r\n\r\n'],
  ['lines without carriage return', 'HTTP/1.1 200 OK\n\n'],
  ['a folded header', `${ok}A: b\r\n c\r\n\r\n`],
  ['a space before the colon', `${ok}A : b\r\n\r\n`],
  ['a control character', `${ok}A: \u0001\r\n\r\n`],
  ['two lengths', `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  ['a negative length', `${ok}Content-Length: -5\r\n\r\n`],
  ['length and chunks', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['an unknown coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['a chunk of no size', `${ok}Transfer-Encoding: chunked\r\n\r\nx\r\n`],
  ['a chunk longer than it says', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n`],
  ['headers that break off', `${ok}A: b\r\n`, true],
  ['a body that breaks off', `${ok}Content-Length: 5\r\n\r\nhell`, true],
  ['chunks that break off', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n`, true],
])('%s is refused', (_, text, closes = false) => {
  expect(() => read(text, { closes })).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})

it.each([
  ['headers', `${ok}A: `, 'x'],
  ['headers in advance', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['a chunk line', `${ok}Transfer-Encoding: chunked\r\n\r\n1;`, 'x'],
  ['what follows the chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'A: b\r\n'],
])('%s without end are refused', (_, start, more) => {
  const text = start + more.repeat(Math.ceil(maxHttpHeadBytes / more.length) + 1)
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'wire.limit' }))
})

it('whatever comes is an answer or refused', () => {
  fc.assert(
    fc.property(fc.string(), cuts, (text, at) => {
      try {
        read(`${ok}${text}`, { cuts: at, closes: true })
      } catch (error) {
        expect(error).toBeInstanceOf(PeerageError)
      }
    }),
  )
})
