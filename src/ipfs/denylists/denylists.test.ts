import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PeerageError, sha256, toHex, utf8, VirtualWorld } from '../../base/index.ts'
import { codecs, parseLink } from '../../content/index.ts'
import { Denylists } from './denylists.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peerage-deny-'))
  file = join(folder, 'list.deny')
})
afterEach(() => rm(folder, { recursive: true }))

const root = CID.parse('bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq')
const asked = (domain: string) => ({ root: { domain }, path: [] })

function lists(failed?: (error: PeerageError) => void): Denylists {
  const limits = { maxBytes: 1_000, maxRules: 100 }
  return new Denylists({ world: new VirtualWorld(1), ...limits, ...(failed && { failed }) })
}

const errorOf = (action: () => void): Pick<PeerageError, 'code' | 'message' | 'details'> | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    return error as PeerageError
  }
}

test('a list is followed as it changes, and holds while it cannot be read', async () => {
  const failed: string[] = []
  const held = lists(({ message }) => failed.push(message))
  await writeFile(file, '/ipns/a.example\n')
  await held.use([file])
  expect(errorOf(() => held.check(asked('a.example')))).toMatchObject({
    code: 'content.denied',
    details: { list: file, line: 1, status: 410 },
    message: expect.stringMatching(/^Line 1 of the denylist .+list\.deny denies \/ipns\/a\.example:/),
  })
  expect(errorOf(() => held.check(asked('b.example')))).toBeUndefined()
  await writeFile(file, '/ipns/a.example\n/ipns/b.example gateway_status=451\njunk\n')
  await held.look()
  expect(errorOf(() => held.check(asked('b.example')))?.details).toMatchObject({ line: 2, status: 451 })
  expect(held.status()).toEqual([{ path: file, rules: 2, junkLines: [3] }])
  await writeFile(file, 'x'.repeat(1_001))
  await held.look()
  await held.look()
  expect(held.status()[0]).toMatchObject({ rules: 2, problem: expect.stringContaining('1000 bytes') })
  await rm(file)
  await held.look()
  expect(errorOf(() => held.check(asked('b.example')))?.code).toBe('content.denied')
  expect(failed).toEqual([
    expect.stringContaining('1000 bytes. What was read of it before still holds'),
    expect.stringContaining('ENOENT'),
  ])
  await held.use([])
  expect(errorOf(() => held.check(asked('b.example')))).toBeUndefined()
})

test('a list that cannot be read is no list that somebody may rely on: until it can, nothing is allowed', async () => {
  const failed: PeerageError[] = []
  const held = lists(error => failed.push(error))
  await expect(held.verify([file])).rejects.toMatchObject({ code: 'config.invalid' })
  await held.use([file])
  expect(failed).toMatchObject([{ code: 'config.invalid', details: { key: 'ipfs.denylists' } }])
  expect(errorOf(() => held.check({ root, path: [] }))?.code).toBe('config.invalid')
  expect(held.denies(root)).toBe(true)
  await writeFile(file, '/ipns/a.example\n')
  await held.look()
  expect(errorOf(() => held.check({ root, path: [] }))).toBeUndefined()
  expect(held.denies(root)).toBe(false)
  held.stop()
})

test('a block is denied whatever codec somebody says, also where its CID was hashed twice', async () => {
  const held = lists()
  await writeFile(file, `/ipfs/${root}\n`)
  await held.use([file])
  const other = CID.createV1(
    codecs.raw,
    CID.parse('QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR').multihash,
  )
  const dagPb = CID.createV1(codecs.dagPb, other.multihash)
  expect([CID.createV1(codecs.raw, root.multihash), other].map(cid => held.denies(cid))).toEqual([
    true,
    false,
  ])
  await writeFile(file, `/ipfs/${root}\n//${toHex(sha256(utf8(`${dagPb}/`)))}\n`)
  await held.look()
  // It was asked for before the list changed.
  for (const cid of [other, dagPb]) expect(held.denies(cid)).toBe(true)
  held.stop()
})

test('what a link names is denied by its root, by its path, and by its name', async () => {
  const held = lists()
  await writeFile(file, `/ipfs/${root}/a/b\n/ipns/a.example/c\n/ipns/b.example\n`)
  await held.use([file])
  const isDenied = (link: string, behind?: string[]): boolean =>
    errorOf(() => held.checkLink(parseLink(link), behind))?.code === 'content.denied'
  const magnet = `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}&xt=urn:ipfs:${root}`
  const denied = [`ipfs://${root}/a/b`, 'ipns://a.example/c', 'ipns://b.example/any']
  const allowed = [`ipfs://${root}`, `ipfs://${root}/a`, 'ipns://a.example', magnet]
  expect(denied.map(link => isDenied(link))).toEqual([true, true, true])
  expect(allowed.map(link => isDenied(link))).toEqual([false, false, false, false])
  expect(isDenied(`ipfs://${root}/a`, ['b'])).toBe(true)
  await writeFile(file, `/ipfs/${root}\n`)
  await held.look()
  expect([magnet, `ipfs://${root}/a`].map(link => isDenied(link))).toEqual([true, true])
  held.stop()
})
