import fs from 'node:fs'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { codecs } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import type { TransferSnapshot } from '../../src/services/files/index.ts'
import { ForgeGateway } from './forge-gateway.ts'
import { Forge } from './hostile-dags.ts'
import { get, getUntil, Peers } from './peers.ts'
import { bytesOf } from './trees.ts'

const forge = new Forge()
const gateway = new ForgeGateway(forge)
const peers = new Peers()
let url: string
beforeAll(async () => {
  url = await gateway.start()
})
afterAll(async () => {
  await peers.end()
  gateway.stop()
})

const leafBytes = 100_000
const bytes = Buffer.from(bytesOf(1, 2 * leafBytes))
const leaves = [0, leafBytes].map(at => forge.add(() => bytes.subarray(at, at + leafBytes), codecs.raw))
const file = forge.node({ type: 'file', fileSize: bytes.length, blockSizes: [leafBytes, leafBytes] }, () =>
  leaves.map(leaf => ({ hash: leaf.bytes, name: '', size: leafBytes })),
)
const folder = (name: string, cid: CID): CID =>
  forge.node({ type: 'directory', blockSizes: [] }, () => [{ hash: cid.bytes, name, size: 1 }])
/** The same file by two names. */
const [one, two] = [folder('one', file), folder('two', file)]

let peer: Peer
let rounds = 0
let [x, y] = ['', '']
const start = (): Promise<Peer> =>
  peers.start(`${rounds}`, {
    'ipfs.gateways': [url],
    'bittorrent.enabled': false,
    'store.checkpointMs': 50,
    'ipfsSession.askAgainMs': 50,
    'ipfsSession.findAgainMs': 1_000,
    'ipfsSession.patienceMs': 1_000,
  })
/** Until half of it is written; the other half is not to be had. */
const begin = (what: string, into: string): Promise<TransferSnapshot> =>
  getUntil(peer, what, into, update => update.bytes === leafBytes)
const there = (path: string): string[] =>
  fs.existsSync(path) ? fs.readdirSync(path, { recursive: true }).map(String).toSorted() : []

beforeEach(async () => {
  rounds++
  for (const old of peers.running) await peers.stop(old)
  ;[x, y] = [peers.path(`x${rounds}`), peers.path(`y${rounds}`)]
  gateway.withheld.add(String(leaves[1]))
  peer = await start()
})

describe('two fetches of one CID at the same time', () => {
  it('of the same link to another place are told where it is on its way to', async () => {
    await begin(`ipfs://${one}/one`, x)
    await expect(get(peer, `ipfs://${one}/one`, y)).rejects.toMatchObject({
      code: 'store.exists',
      details: { path: `${x}/one` },
    })
    gateway.withheld.clear()
    expect(await get(peer, `ipfs://${one}/one`, x)).toMatchObject({ state: 'complete', path: `${x}/one` })
    expect(there(y)).toEqual([])
  })

  it('by two paths to the same file both get it where they asked for it, also after a restart', async () => {
    await Promise.all([begin(`ipfs://${one}/one`, x), begin(`ipfs://${two}/two`, y)])
    await peers.stop(peer)
    expect([there(x), there(y)]).toEqual([['one.part'], ['two.part']])
    peer = await start()
    gateway.withheld.clear()
    const got = await Promise.all([get(peer, `ipfs://${one}/one`, x), get(peer, `ipfs://${two}/two`, y)])
    expect(got.map(({ state }) => state)).toEqual(['complete', 'complete'])
    for (const path of [`${x}/one`, `${y}/two`]) expect(fs.readFileSync(path).equals(bytes)).toBe(true)
    expect([there(x), there(y)]).toEqual([['one'], ['two']])
  })

  it('are removed one by one: the other goes on', async () => {
    await Promise.all([begin(`ipfs://${one}/one`, x), begin(`ipfs://${two}/two`, y)])
    await peer.files.remove({ content: `ipfs://${one}/one`, deleteFiles: false })
    expect([there(x), there(y)]).toEqual([[], ['two.part']])
    await peers.stop(peer)
    peer = await start()
    gateway.withheld.clear()
    expect(await get(peer, `ipfs://${two}/two`, y)).toMatchObject({ state: 'complete' })
    expect(fs.readFileSync(`${y}/two`).equals(bytes)).toBe(true)
  })

  it('that would be the same content at two places are told where it is, on its way or whole', async () => {
    const outer = folder('in', one)
    const refused = { code: 'store.exists', details: { path: `${x}/one` } }
    await begin(`ipfs://${one}/one`, x)
    await expect(get(peer, `ipfs://${outer}/in/one`, y)).rejects.toMatchObject(refused)
    gateway.withheld.clear()
    await get(peer, `ipfs://${one}/one`, x)
    await expect(get(peer, `ipfs://${outer}/in/one`, y)).rejects.toMatchObject(refused)
    expect(there(y)).toEqual([])
  })

  it('never write to the same place', async () => {
    const other = folder(
      'one',
      forge.add(() => Buffer.from('something else'), codecs.raw),
    )
    await begin(`ipfs://${one}/one`, x)
    await expect(get(peer, `ipfs://${other}/one`, x)).rejects.toMatchObject({ code: 'store.exists' })
    gateway.withheld.clear()
    await get(peer, `ipfs://${one}/one`, x)
    expect(fs.readFileSync(`${x}/one`).equals(bytes)).toBe(true)
  })

  it('of a folder and of something in it both get theirs', async () => {
    await Promise.all([begin(`ipfs://${one}`, x), begin(`ipfs://${one}/one`, x)])
    gateway.withheld.clear()
    await Promise.all([get(peer, `ipfs://${one}`, x), get(peer, `ipfs://${one}/one`, x)])
    expect(there(x)).toEqual([String(one), `${one}/one`, 'one'])
  })
})
