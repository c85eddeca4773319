import { expect, test } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import type { DnsTexts } from '../../network/index.ts'
import { dnsLinkOf, maxTexts } from './dns-link.ts'

const [a, b] = ['/ipfs/bafkqaddwgevxmmraojswg33smq', '/ipfs/bafkqadtwgiww63tmpeqhezldn5zgi']

/** Where `docs.example` points, when those texts stand under those names; and what was asked for. */
async function linkOf(
  records: Readonly<Record<string, readonly string[]>>,
  domain = 'docs.example',
): Promise<{ path: string; asked: string[] }> {
  const asked: string[] = []
  const texts = async (host: string): Promise<DnsTexts> => {
    asked.push(host)
    return { texts: records[host] ?? [], ttlSeconds: 7 }
  }
  const { path, ttlMs } = await dnsLinkOf(domain, texts)
  expect(ttlMs).toBe(7_000)
  return { path, asked }
}

const unknown = expect.objectContaining({ code: 'name.no-link' })

test('the text stands below the domain; who names that place himself asks there alone', async () => {
  const records = { '_dnslink.docs.example': [`dnslink=${a}`], 'docs.example': [`dnslink=${b}`] }
  expect(await linkOf(records)).toEqual({ path: a, asked: ['_dnslink.docs.example'] })
  expect(await linkOf(records, '_dnslink.docs.example')).toEqual({
    path: a,
    asked: ['_dnslink.docs.example'],
  })
  await expect(linkOf({ 'docs.example': [`dnslink=${a}`] }, '_dnslink.docs.example')).rejects.toEqual(unknown)
})

test('older domains have it at the domain itself', async () => {
  const asked = ['_dnslink.docs.example', 'docs.example']
  expect(await linkOf({ 'docs.example': ['v=spf1 -all', `dnslink=${b}`] })).toEqual({ path: b, asked })
  const useless = {
    '_dnslink.docs.example': ['dnslink=https://docs.example'],
    'docs.example': [`dnslink=${b}`],
  }
  expect(await linkOf(useless)).toEqual({ path: b, asked })
})

test('of several the first in the alphabet, whatever order they come in; other texts are nothing', async () => {
  const texts = ['other=1', `dnslink=${b}`, 'dnslink=', `DNSLINK=${a}`, ` dnslink=${a}`, `dnslink=${a}/`]
  for (const some of [texts, texts.toReversed()])
    expect(await linkOf({ '_dnslink.docs.example': some })).toMatchObject({ path: a })
  expect(await linkOf({ '_dnslink.docs.example': ['dnslink=/ipns/other.example/x'] })).toMatchObject({
    path: '/ipns/other.example/x',
  })
})

test.each([
  ['nothing', []],
  ['a path elsewhere', ['dnslink=/etc/passwd']],
  ['a path that is too long', [`dnslink=${a}/${'x'.repeat(2_048)}`]],
  ['a path of two lines', [`dnslink=${a}/x\ny`]],
  ['nothing after its kind', ['dnslink=/ipfs/']],
  ['it beyond the bound', [...Array.from({ length: maxTexts }, () => 'x'), `dnslink=${a}`]],
])('a domain with %s points at nothing', async (_, texts) => {
  await expect(linkOf({ '_dnslink.docs.example': texts })).rejects.toEqual(unknown)
})

test('a name server that fails is no answer, and the next place is not asked', async () => {
  const asked: string[] = []
  const fails = (error: unknown) =>
    dnsLinkOf('docs.example', async host => {
      asked.push(host)
      throw error
    })
  await expect(fails(new Error('SERVFAIL'))).rejects.toMatchObject({ code: 'network.unreachable' })
  const refused = new PeerageError('network.unreachable', 'No name server can be asked here.')
  await expect(fails(refused)).rejects.toBe(refused)
  expect(asked).toEqual(['_dnslink.docs.example', '_dnslink.docs.example'])
})
