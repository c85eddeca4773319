import { expect, test } from 'vitest'
import { verify } from '../../src/access/index.ts'
import { concat, fromUtf8, utf8 } from '../../src/base/index.ts'
import { keyOfName, parseName } from '../../src/content/index.ts'
import { decodeIpnsRecord } from '../../src/wire/index.ts'
import vectors from './ipns-vectors.json' with { type: 'json' }

/** What the IPNS specification (`ipns-record`, "Test Vectors") expects of each. */
const expected: Readonly<Record<string, string | undefined>> = {
  v1: undefined,
  'v1-v2': '/ipfs/bafkqaddwgevxmmraojswg33smq',
  'v1-v2-broken-v1-value': undefined,
  'v1-v2-broken-signature-v2': undefined,
  'v1-v2-broken-signature-v1': '/ipfs/bafkqahtwgevxmmrao5uxi2bamjzg623fnyqhg2lhnzqxi5lsmuqhmmi',
  v2: '/ipfs/bafkqadtwgiww63tmpeqhezldn5zgi',
}

function believedOf(name: string, record: string): string | undefined {
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new Error('no key')
  try {
    const { signed, signature, value } = decodeIpnsRecord(new Uint8Array(Buffer.from(record, 'base64')))
    return verify(keyOfName(parsed.multihash)!, signed, signature) ? fromUtf8(value) : undefined
  } catch {
    return undefined
  }
}

test('all vectors are there', () => {
  expect(vectors.map(({ kind }) => kind).sort()).toEqual(Object.keys(expected).sort())
})

test.each(vectors)('$kind', ({ kind, name, record }) => {
  expect(believedOf(name, record)).toBe(expected[kind])
})

test('the legacy signature of others is made as ours is', () => {
  const { name, record } = vectors.find(({ kind }) => kind === 'v1-v2')!
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new Error('no key')
  const bytes = new Uint8Array(Buffer.from(record, 'base64'))
  const { value } = decodeIpnsRecord(bytes)
  const legacy = bytes.subarray(value.length + 4, value.length + 4 + 64)
  const message = concat([value, utf8('2123-08-14T12:17:03.694052Z'), utf8('EOL')])
  expect(verify(keyOfName(parsed.multihash)!, message, legacy)).toBe(true)
})
