import { createPrivateKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../base/index.ts'
import { makeSelfSigned } from './self-signed.ts'

const now = Date.UTC(2026, 10, 27)
const year = 365 * 24 * 3_600_000

function made(names: readonly string[], seed = 1, notAfter = now + year): X509Certificate {
  const { key, certificate } = makeSelfSigned({ names, notBefore: now, notAfter, random: seededRandom(seed) })
  const parsed = new X509Certificate(certificate)
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(parsed.verify(parsed.publicKey)).toBe(true)
  return parsed
}

test('OpenSSL reads it: for these names, for servers, from then until then, and for no certificates of others', () => {
  const parsed = made(['home.example', '192.0.2.7', '2001:db8::7'])
  expect(parsed.subject).toBe('CN=Peerage')
  expect(parsed.issuer).toBe('CN=Peerage')
  expect(parsed.ca).toBe(false)
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect([parsed.validFromDate.getTime(), parsed.validToDate.getTime()]).toEqual([now, now + year])
  expect(parsed.checkHost('home.example')).toBe('home.example')
  expect(parsed.checkIP('192.0.2.7')).toBe('192.0.2.7')
  expect(parsed.checkIP('2001:db8::7')).toBe('2001:db8::7')
  expect(parsed.checkHost('evil.example')).toBeUndefined()
})

test('any serial number and any number of names', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,40}\.example$/)
  fc.assert(
    fc.property(fc.integer(), fc.uniqueArray(name, { maxLength: 12 }), (seed, names) => {
      const parsed = made(names, seed)
      for (const one of names) expect(parsed.checkHost(one)).toBe(one)
    }),
    { numRuns: 40 },
  )
})

test('years from 2050 have four digits', () => {
  const end = Date.UTC(2051, 0, 2, 3, 4, 5)
  expect(made(['x.example'], 1, end).validToDate.getTime()).toBe(end)
})
