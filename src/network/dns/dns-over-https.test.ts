import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { answerOf } from '../egress/dns-question.fuzz.ts'
import { Egress } from '../egress/index.ts'
import { textsOverHttps } from './dns-over-https.ts'

const egress = new Egress({ lanOnly: false })
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that answers each question with one text. */
async function serverOf(text: string): Promise<string> {
  const server = createServer((request, response) => {
    const dns = new URL(request.url!, 'http://x').searchParams.get('dns')!
    const question = new Uint8Array(Buffer.from(dns, 'base64url'))
    response.end(answerOf(question, Buffer.concat([Uint8Array.of(text.length), Buffer.from(text)])))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`
}

test('a server of DNS over HTTPS is asked for texts', async () => {
  const server = await serverOf('dnslink=/ipfs/x')
  const options = { egress, mayReach: () => true, signal: AbortSignal.timeout(5_000) }
  expect(await textsOverHttps(server, '_dnslink.example.org', options)).toEqual({
    texts: ['dnslink=/ipfs/x'],
    ttlSeconds: 60,
  })
})
