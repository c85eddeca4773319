import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concat, sha256, utf8 } from '../../src/base/index.ts'
import { formatLink, parseContent } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { dictionary, type Encodable, encode } from '../../src/wire/index.ts'
import { HostilePeer, type Truth } from './hostile-peer.ts'
import { codeOf, get, Peers } from './peers.ts'
import { makeTree, treeOf } from './trees.ts'

const peers = new Peers()
let peer: Peer
beforeAll(async () => {
  peer = await peers.start('a')
})
afterAll(() => peers.end())

const bytes = utf8('some bytes\n')
const root = sha256(bytes)
const leaf = { '': dictionary({ length: bytes.length, 'pieces root': root }) }

type Tree = { [name: string]: Tree | typeof leaf }

/** Written by hand: names that no honest program would write. */
function infoOf(name: string, tree: Tree): Uint8Array {
  return encode(
    new Map<string, Encodable>([
      ['file tree', treeMap(tree)],
      ['meta version', 2],
      ['name', name],
      ['piece length', 16_384],
    ]),
  )
}

function treeMap(tree: object): Map<string, Encodable> {
  const keyed = Object.entries(tree).map(
    ([name, value]) =>
      [Buffer.from(name).toString('latin1'), value instanceof Map ? value : treeMap(value)] as const,
  )
  return new Map(keyed.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function torrentOf(info: Uint8Array): Uint8Array {
  return concat([utf8('d4:info'), info, utf8('12:piece layersdee')])
}

const refusals = /^(path\.unsafe|content\.invalid|bencode\.invalid|bencode\.limit)$/
let count = 0

/** Gets it by its .torrent file; gives what stands in the folder afterwards. */
async function land(name: string, tree: Tree): Promise<{ code: string; tree: string[] }> {
  const at = peers.path(`t${count++}`)
  makeTree(at, {})
  fs.writeFileSync(`${at}.torrent`, torrentOf(infoOf(name, tree)))
  const code = await codeOf(get(peer, `${at}.torrent`, `${at}/into`, { timeout: 5 }))
  return { code, tree: Object.keys(treeOf(at)) }
}

const evil = [
  '..',
  '.',
  '/etc/passwd',
  '../../evil',
  'a/../../evil',
  'C:\\evil',
  '..\\evil',
  '\\\\host\\share',
  'x\0y',
]

describe('names that lead elsewhere are refused, whatever way they come', () => {
  it.each(evil)('a file called %j', async name => {
    const { code, tree } = await land('content', { [name]: leaf, fine: leaf })
    expect(code).toMatch(refusals)
    expect(tree).toEqual([])
  })

  it.each(evil)('a content called %j', async name => {
    const { code, tree } = await land(name, { fine: leaf })
    expect(code).toMatch(refusals)
    expect(tree).toEqual([])
  })

  it.each(evil)('a folder called %j', async name => {
    const { code } = await land('content', { [name]: { x: leaf } })
    expect(code).toMatch(refusals)
  })

  it('a name that is empty, or nothing but a name', async () => {
    expect((await land('', { x: leaf })).code).toMatch(refusals)
    expect((await land('content', {})).code).toMatch(refusals)
  })

  it('a name of 5,000 characters', async () => {
    expect(await land('content', { ['x'.repeat(5000)]: leaf })).toEqual({ code: 'content.invalid', tree: [] })
    expect(await land('\u{1f600}'.repeat(5000), { x: leaf })).toEqual({ code: 'content.invalid', tree: [] })
  })

  it('folders nested 100,000 deep', async () => {
    const deep = 100_000
    const head = utf8(`d9:file tree${'d1:a'.repeat(deep)}`)
    const info = concat([head, encode(treeMap({ x: leaf })), utf8(`${'e'.repeat(deep)}12:meta versioni2ee`)])
    fs.writeFileSync(peers.path('deep.torrent'), torrentOf(info))
    expect(await codeOf(get(peer, peers.path('deep.torrent'), peers.path('deep')))).toMatch(refusals)
  })
})

/** Gets content with such names from a member that made it up. */
async function fetched(tree: Tree, info = infoOf('content', tree)): Promise<{ code: string; at: string }> {
  const infoHash = sha256(info)
  const at = peers.path(`m${count++}`)
  const content = parseContent(infoOf('content', tree), { infoHash })
  const truth: Truth = {
    content: { ...content, info },
    read: async (_piece, begin, length) => bytes.slice(begin, begin + length),
    leaves: async () => root,
    pieceLayer: () => undefined,
  }
  const link = formatLink({
    kind: 'peerage',
    infoHash,
    secret: sha256(infoHash),
    peers: [],
    trackers: [],
    webSeeds: [],
  })
  const member = await HostilePeer.start(link, truth, {})
  const code = await codeOf(get(peer, member.addTo(link), at, { timeout: 5 }))
  await member.network.stop()
  return { code, at }
}

it('hostile names that come from a peer are refused as those from a file', async () => {
  const { code, at } = await fetched({ fine: leaf }, infoOf('content', { '../../evil': leaf }))
  expect(code).toMatch(refusals)
  expect(fs.existsSync(at) ? Object.keys(treeOf(at)) : []).toEqual([])
})

describe('names that are only unpleasant become ones that are not', () => {
  it.each<[string, string]>([
    ['reserved', 'CON'],
    ['reserved, with an extension', 'aux.tar.gz'],
    ['bidi', 'photo\u202egpj.exe'],
    ['controls', 'a\nb\u001b[31mc'],
    ['1,000 characters', `${'x'.repeat(1000)}.txt`],
    ['1,000 bytes of four byte characters', `${'\u{1f600}'.repeat(250)}.txt`],
    ['dots and spaces at the end', 'name. . .'],
    ['ends like our own part files', 'x.part'],
  ])('%s', async (_what, name) => {
    const { code, at } = await fetched({ [name]: leaf, [`folder ${name}`]: { [name]: leaf } })
    expect(code).toBe('none')
    const paths = Object.keys(treeOf(at))
    expect(paths).toHaveLength(2)
    for (const path of paths) {
      expect(fs.readFileSync(`${at}/${path}`)).toEqual(Buffer.from(bytes))
      for (const part of path.split('/')) {
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(255)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that none of them is there is what is tested
        expect(part).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/)
        expect(part).not.toMatch(/^(con|aux)(\.|$)/i)
      }
    }
  })

  it('names that differ only in case or form: none is lost, none overwrites another', async () => {
    const names = [
      'Readme.txt',
      'README.TXT',
      'readme.txt',
      'caf\u00e9',
      'cafe\u0301',
      'a\u202eb',
      'a\u202db',
    ]
    const { code, at } = await fetched(Object.fromEntries(names.map(name => [name, leaf])))
    expect(code).toBe('none')
    expect(Object.keys(treeOf(at))).toHaveLength(names.length)
  })

  it('a file and the part file of another: both arrive', async () => {
    const { code, at } = await fetched({ x: leaf, 'x.part': leaf, 'x.part.part': leaf })
    expect(code).toBe('none')
    expect(Object.keys(treeOf(at))).toHaveLength(3)
  })
})
