import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { looksLikeIpfs, maxIpfsPath } from './ipfs-link.ts'
import { formatLink, parseLink } from './link.ts'

const v0 = 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'
const v1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const key = 'k51qzi5uqu5dgkmm1afrkmex5mzpu5r774jstpxjmro6mdsaullur27nfxle1q'

describe('a place in IPFS', () => {
  test.each([
    [v0, 'ipfs', v0, []],
    [v1, 'ipfs', v1, []],
    [`${v1}/a b/c`, 'ipfs', v1, ['a b', 'c']],
    [`${key}/a`, 'ipns', key, ['a']],
    [CID.parse(v1).toV1().toString(), 'ipfs', v1, []],
    [`ipfs://${v1}`, 'ipfs', v1, []],
    [`ipfs://${v1}/`, 'ipfs', v1, []],
    [`ipfs://${v0}/a%20b/c?filename=x#y`, 'ipfs', v0, ['a b', 'c']],
    [`IPFS://${v1}/a`, 'ipfs', v1, ['a']],
    [`/ipfs/${v1}/100%/b c`, 'ipfs', v1, ['100%', 'b c']],
    [`https://ipfs.io/ipfs/${v0}/wiki/a%20b.html?x=1`, 'ipfs', v0, ['wiki', 'a b.html']],
    [`http://${v1}.ipfs.localhost:8080/a/`, 'ipfs', v1, ['a']],
    [`http://127.0.0.1:8080/ipfs/${v1}`, 'ipfs', v1, []],
    [key, 'ipns', key, []],
    [`ipns://${key}/a`, 'ipns', key, ['a']],
    ['ipns://docs.ipfs.tech/a', 'ipns', 'docs.ipfs.tech', ['a']],
    ['/ipns/Docs.ipfs.tech', 'ipns', 'docs.ipfs.tech', []],
    ['https://en-wikipedia--on--ipfs-org.ipns.dweb.link/wiki/', 'ipns', 'en.wikipedia-on-ipfs.org', ['wiki']],
    [`https://${key}.ipns.dweb.link/`, 'ipns', key, []],
    ['https://ipfs.io/ipns/docs.ipfs.tech/a', 'ipns', 'docs.ipfs.tech', ['a']],
  ])('is read from %s', (text, kind, root, path) => {
    expect(looksLikeIpfs(text)).toBe(true)
    const link = parseLink(text)
    expect([link.kind, link.cid ?? link.ipnsName, link.path ?? []]).toEqual([kind, root, path])
    expect(parseLink(formatLink(link))).toEqual(link)
  })

  test.each([
    `ipfs://${v1.slice(0, -1)}`,
    `/ipfs/${v0.slice(1)}`,
    `ipfs://${v1}/../a`,
    `${v1}/../a`,
    `ipfs://${v1}/a//b`,
    `ipfs://${v1}/%2e%2e/a`,
    `ipfs://${v1}/a%2fb`,
    `ipfs://${v1}/a%00`,
    `ipfs://${v1}/%`,
    `https://ipfs.io/ipfs/${v1}/a%2fb`,
    `/ipfs/${v1}/${'a/'.repeat(maxIpfsPath.names + 1)}`,
    `/ipfs/${v1}/${'a'.repeat(maxIpfsPath.nameBytes + 1)}`,
    'ipns://localhost/a',
    'ipfs://',
    'https://example.com/',
  ])('is refused: %s', text => {
    expect(() => parseLink(text)).toThrow(PeerageError)
  })

  test('what is none is left to others', () => {
    for (const text of [
      'anna/Summer',
      'a.torrent',
      '/home/a/ipfs/b',
      'bag',
      'Qm',
      'https://example.com/ipfs',
    ])
      expect(looksLikeIpfs(text)).toBe(false)
  })

  test('whatever is written reads the same', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter(text => text.isWellFormed() && !/[/\0]/.test(text) && text !== '.' && text !== '..')
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(hash, fc.array(name, { minLength: 1, maxLength: 5 }), (digest, path) => {
        const cid = CID.createV1(0x55, Digest.create(0x12, digest)).toString()
        const link = { kind: 'ipfs', cid, path, peers: [], trackers: [], webSeeds: [] } as const
        expect(parseLink(formatLink(link))).toEqual(link)
      }),
    )
  })

  test('a magnet link may name nothing else', () => {
    const link = parseLink(`magnet:?xt=urn:ipfs:${v0}&dn=a`)
    expect(link).toEqual({ kind: 'magnet', cid: v0, name: 'a', peers: [], trackers: [], webSeeds: [] })
    expect(parseLink(formatLink(link))).toEqual(link)
    expect(() => parseLink(`magnet:?xt=urn:ipfs:${v0}&xt=urn:ipfs:${v1}`)).toThrow('two contents of IPFS')
  })
})
