import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { utf8 } from '../base/index.ts'
import { HttpResponseReader } from './http-response.ts'

const longest = 65_536

/** What it makes of the input when it comes in pieces of `size`. */
function outcome(input: Uint8Array, size: number): string {
  let said = ''
  const reader = new HttpResponseReader({
    head: ({ status, headers }) => {
      said += `${status} ${JSON.stringify([...headers])} `
    },
    body: chunk => {
      said += new TextDecoder('latin1').decode(chunk)
    },
    end: () => {
      said += ' end'
    },
  })
  try {
    for (let at = 0; at < input.length; at += size) reader.receive(input.subarray(at, at + size))
    reader.closed()
  } catch (error) {
    said += ` ${(error as { code?: string }).code ?? error}`
  }
  return said
}

export const fuzz: FuzzTarget = {
  name: 'http-response',
  seeds: [
    utf8('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
    utf8(
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 206 Partial Content\r\nContent-Range: bytes 0-1/2\r\n\r\nhi',
    ),
    utf8('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'),
  ],
  run(bytes: Uint8Array): void {
    // Byte by byte it is this test that takes the time; heads end far before, and bodies are passed on as they are.
    const input = bytes.subarray(0, longest)
    const whole = outcome(input, 4096)
    if (whole !== outcome(input, 1)) throw new Error('it depends on how the answer is cut')
    if (/ (TypeError|RangeError)/.test(whole)) throw new Error(whole)
  },
}
