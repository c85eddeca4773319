import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom, VirtualWorld } from '../../base/index.ts'
import { type CertificateOptions, loadCertificate } from './certificate.ts'
import { makeSelfSigned } from './self-signed.ts'

const day = 24 * 3_600_000
let home: string
let world: VirtualWorld

beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), 'peerage-certificate-'))
  world = new VirtualWorld(1)
})
afterEach(() => fs.rmSync(home, { recursive: true }))

function load(changes: Partial<CertificateOptions['config']> = {}): ReturnType<typeof loadCertificate> {
  const config = { certificate: '', key: '', names: [], address: '0.0.0.0', ...changes }
  return loadCertificate({ home, world, config, addresses: ['192.0.2.7'] })
}

test('one is made, kept for this user alone, and made anew 30 days before its end', async () => {
  const first = await load()
  expect(first).toMatchObject({
    isOwn: false,
    fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
  })
  expect(fs.statSync(join(home, 'remote.pem')).mode & 0o777).toBe(0o600)
  world.advance(330 * day)
  expect((await load()).fingerprint).toBe(first.fingerprint)
  world.advance(6 * day)
  const next = await load()
  expect(next.fingerprint).not.toBe(first.fingerprint)
  expect(next.notAfter).toBeGreaterThan(world.wallTime() + 300 * day)
})

test('a name that it does not have needs a new one; an address of this computer it has', async () => {
  const first = await load()
  expect((await load({ address: '192.0.2.7' })).fingerprint).toBe(first.fingerprint)
  const named = await load({ names: ['home.example:8443', '[2001:db8::1]:8443'] })
  expect(named.fingerprint).not.toBe(first.fingerprint)
  expect((await load({ names: ['home.example'] })).fingerprint).toBe(named.fingerprint)
})

test('a damaged file is replaced', async () => {
  const first = await load()
  const path = join(home, 'remote.pem')
  const whole = fs.readFileSync(path, 'utf8')
  for (const text of [
    '',
    'nonsense',
    whole.slice(0, 300),
    whole.replace(/MI[A-Za-z]{4}/g, 'AAAAAA'),
    whole.slice(20),
  ]) {
    fs.writeFileSync(path, text)
    expect((await load()).fingerprint).not.toBe(first.fingerprint)
  }
})

test('files of the user are taken, and told apart from what cannot be used', async () => {
  const pair = (end: number, seed: number): ReturnType<typeof makeSelfSigned> =>
    makeSelfSigned({
      names: ['x.example'],
      notBefore: 0,
      notAfter: world.wallTime() + end,
      random: seededRandom(seed),
    })
  const write = (name: string, text: string): string => {
    fs.writeFileSync(join(home, name), text)
    return join(home, name)
  }
  const [mine, other, old] = [pair(day, 1), pair(day, 2), pair(-day, 3)]
  const key = write('key.pem', mine.key)
  const certificate = write('certificate.pem', mine.certificate)
  expect(await load({ certificate, key })).toMatchObject({ isOwn: true, certificate: mine.certificate })
  const refused = (changes: Partial<CertificateOptions['config']>, setting: string) =>
    expect(load(changes)).rejects.toMatchObject({ code: 'config.invalid', details: { key: setting } })
  await refused({ certificate }, 'remote.key')
  await refused({ key }, 'remote.certificate')
  await refused({ certificate: join(home, 'none'), key }, 'remote.certificate')
  await refused({ certificate, key: write('other.pem', other.key) }, 'remote.key')
  await refused({ certificate, key: write('broken.pem', 'nonsense') }, 'remote.key')
  await refused(
    { certificate: write('old.pem', old.certificate), key: write('oldkey.pem', old.key) },
    'remote.certificate',
  )
  await refused({ certificate: write('large.pem', 'x'.repeat(1024 * 1024 + 1)), key }, 'remote.certificate')
})
