import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { formatName, keyOfName, nameOfKey, parseName, routingKeyOfName } from './name.ts'

const key = new Uint8Array(32).fill(7)
const name = nameOfKey(key)
const invalid = expect.objectContaining({ code: 'link.invalid' })

test('a key is written as a host name and read in every form', () => {
  expect(name).toMatch(/^k51qzi5uqu5d[0-9a-z]{50}$/)
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new Error('no key')
  expect(keyOfName(parsed.multihash)).toEqual(key)
  expect(formatName(parsed.multihash)).toBe(name)
  expect(routingKeyOfName(parsed.multihash)).toHaveLength(6 + 38)
  const peerId = '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d'
  const base32 = 'bafzaajaiaejcbhnygsudywaepyagxhbmzffegswn2ajjw5h6ffxeyv5bcgvp7q4v'
  for (const text of [peerId, `/ipns/${peerId}/a/b`, `ipns://${name}/`])
    expect(parseName(text).kind).toBe('key')
  expect(parseName(`/ipns/${peerId}/a/b/`).path).toBe('/a/b')
  expect(parseName(base32).kind).toBe('key')
})

test('the hash of a key is a name that has no key in it', () => {
  const parsed = parseName('QmVujd5Vb7moysJj8itnGufN7MEtPRCNHkKpNuA4onsRa3')
  if (parsed.kind !== 'key') throw new Error('no key')
  expect(keyOfName(parsed.multihash)).toBeUndefined()
  expect(formatName(parsed.multihash)).toMatch(/^k2k4r8/)
})

test('domains', () => {
  expect(parseName('/ipns/Docs.Example.org/a')).toEqual({
    kind: 'domain',
    domain: 'docs.example.org',
    path: '/a',
  })
  expect(parseName('_dnslink.example.org').kind).toBe('domain')
})

test.each([
  '',
  'localhost',
  'example..org',
  '-a.org',
  'a b.org',
  `${'a'.repeat(64)}.org`,
  'x'.repeat(2_000),
  // A CID of content.
  'bafkqaddwgevxmmraojswg33smq',
  '/ipfs/bafkqaddwgevxmmraojswg33smq',
])('%j is no name', text => {
  expect(() => parseName(text)).toThrow(invalid)
})

test('random texts are names or refused', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), text => {
      try {
        parseName(text)
      } catch (error) {
        expect(error).toBeInstanceOf(PeerageError)
      }
    }),
  )
})
