import fs from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { alone } from './public-peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())
const start = (name: string, key?: string): Promise<Peer> =>
  peers.start(
    name,
    {
      ...alone,
      'network.dialTimeoutMs': 700,
      ...(key !== undefined && { 'network.privateNetworkKey': key }),
    },
    { transports: 'tcp' },
  )

test('a key that a peer made: those with it exchange, others do not, and the doctor says so', async () => {
  const maker = await start('maker')
  const [key, other] = ['swarm.key', 'other.key'].map(name => join(peers.path(), name))
  const made = await maker.reach.createNetworkKey({ file: key! })
  expect(made).toMatchObject({ file: key, fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(fs.statSync(key!).mode & 0o777).toBe(0o600)
  expect(fs.readFileSync(key!, 'utf8')).toMatch(/^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/)
  expect(await codeOf(maker.reach.createNetworkKey({ file: key! }))).toBe('store.exists')
  await maker.reach.createNetworkKey({ file: other! })
  expect(await maker.reach.privateNetwork({})).toEqual({})

  const [a, b, c] = await Promise.all([start('a', key), start('b', key), start('c', other)])
  const tree = makeTree(peers.path('Ours'), { 'x.bin': bytesOf(1, 300_000) })
  const { link } = await share(a, tree)
  const into = peers.path('into')
  expect(await get(b, link, into)).toMatchObject({ state: 'complete' })
  expect(treeOf(join(into, 'Ours'))).toEqual(treeOf(tree))
  // They have the link, and so the address.
  for (const stranger of [c, maker]) {
    for await (const _ of stranger.files.get({ link, into: peers.path('elsewhere'), background: true }));
    expect(await stranger.reach.path({ whom: a.peerId })).toMatchObject([{ connected: false }])
  }
  expect(a.connections().map(({ peer }) => peer)).toEqual([b.peerId])
  const report = await a.reach.privateNetwork({})
  expect(report.network).toMatchObject({ fingerprint: made.fingerprint, refused: expect.any(Number) })
  expect(report.network!.refused).toBeGreaterThan(0)
  const { findings } = await a.reach.doctor({})
  expect(findings.find(({ topic }) => topic === 'Private network')).toMatchObject({
    level: 'note',
    text: expect.stringContaining(made.fingerprint),
  })
  await Promise.all([maker, a, b, c].map(peer => peers.stop(peer)))
}, 60_000)

test.each([
  ['that is not there', 'nowhere.key', undefined],
  ['that is none', 'bad.key', 'something else'],
])('a key file %s: the peer does not start, rather than talk to everyone', async (_what, name, content) => {
  const file = join(peers.path(), name)
  if (content !== undefined) fs.writeFileSync(file, content)
  expect(await codeOf(start(`with ${name}`, file))).toBe('config.invalid')
})
