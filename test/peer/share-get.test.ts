import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { cat, codeOf, get, getUntil, nextEvent, Peers, recorded, share } from './peers.ts'
import { bytesOf, makeTree, sameBytes, treeOf } from './trees.ts'

const peers = new Peers()
let a: Peer
let b: Peer
beforeAll(async () => {
  a = await peers.start('a')
  b = await peers.start('b')
})
afterAll(() => peers.end())

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('what is shared arrives as it is', () => {
  it.each([
    ['a file of one piece', 'one.bin', 10_000],
    ['a file of many pieces', 'many.bin', 3_000_001],
    ['an empty file', 'empty.bin', 0],
    ['a file of one byte', 'byte.bin', 1],
    ['a file of exactly one leaf', 'leaf.bin', 16_384],
  ])('%s', async (_what, name, size) => {
    const path = `${makeTree(peers.path('single'), { [name]: bytesOf(size + 1, size) })}/${name}`
    const { link, bytes, files } = await share(a, path)
    expect({ bytes, files }).toEqual({ bytes: size, files: 1 })
    const last = await get(b, link, peers.path('into'))
    expect(last).toMatchObject({
      state: 'complete',
      totalBytes: size,
      bytes: size,
      path: peers.path('into', name),
    })
    expect(sameBytes(path, peers.path('into', name))).toBe(true)
  })

  it('a folder with everything in it', async () => {
    const source = makeTree(peers.path('folder'), {
      'readme.txt': utf8('hello\n'),
      empty: new Uint8Array(0),
      'deep/er/and/deeper/file.bin': bytesOf(1, 100_000),
      'Grüße/日本語/😀 file.txt': utf8('unicode'),
      'Cafe\u0301.txt': utf8('decomposed'),
      ' spaces at both ends ': utf8('spaces'),
      'bin/run.sh': { run: utf8('#!/bin/sh\necho hi\n') },
      'big.bin': bytesOf(2, 2_500_000),
      'link-to-readme': { link: 'readme.txt' },
      'deep/link-up': { link: '../readme.txt' },
    })
    const { link } = await share(a, source)
    const last = await get(b, link, peers.path('into'))
    expect(last.state).toBe('complete')
    expect(treeOf(peers.path('into', 'folder'))).toEqual(treeOf(source))
  })

  it('a folder with only empty files', async () => {
    const source = makeTree(peers.path('hollow'), { one: new Uint8Array(0), 'two/three': new Uint8Array(0) })
    const { link } = await share(a, source)
    await get(b, link, peers.path('into'))
    expect(treeOf(peers.path('into', 'hollow'))).toEqual(treeOf(source))
  })

  it('a folder of many small files', async () => {
    const plan = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`d${i % 7}/f${i}`, bytesOf(i + 1, 10 + i * 13)]),
    )
    const source = makeTree(peers.path('many'), plan)
    const { link } = await share(a, source)
    await get(b, link, peers.path('into'))
    expect(treeOf(peers.path('into', 'many'))).toEqual(treeOf(source))
  })

  it.each([16_384, 4_194_304])('pieces of %i bytes, hybrid too', async pieceLength => {
    const name = `pieces-${pieceLength}`
    const source = makeTree(peers.path(name), { x: bytesOf(pieceLength, 5_000_000), y: bytesOf(9, 40_000) })
    const { link } = await share(a, source, { pieceLength, hybrid: true })
    await get(b, link, peers.path('into'))
    expect(treeOf(peers.path('into', name))).toEqual(treeOf(source))
  })
})

describe('around a transfer', () => {
  it('links that lead out of the shared folder are not followed', async () => {
    makeTree(peers.path('outside'), { 'secret.txt': utf8('secret') })
    const source = makeTree(peers.path('leaky'), {
      'a.txt': utf8('a'),
      out: { link: '../outside/secret.txt' },
    })
    const { link } = await share(a, source)
    await get(b, link, peers.path('into'))
    expect(fs.existsSync(peers.path('into', 'leaky', 'out'))).toBe(false)
    expect(treeOf(peers.path('into', 'leaky'))).toEqual({ 'a.txt': expect.any(String) })
  })

  it('tells what happens, in order', async () => {
    const source = makeTree(peers.path('events'), { one: bytesOf(1, 50_000), two: bytesOf(2, 50_000) })
    const events = recorded(b)
    const { link, infoHash } = await share(a, source)
    const done = nextEvent(b, 'transfer.completed', event => event.infoHash === infoHash)
    await get(b, link, peers.path('into'))
    expect(await done).toMatchObject({ name: 'events' })
    const types = events
      .filter(event => 'infoHash' in event && event.infoHash === infoHash)
      .map(event => event.type)
    expect(types[0]).toBe('content.added')
    expect(types.filter(type => type === 'file.completed')).toHaveLength(2)
    expect(types.at(-1)).toBe('transfer.completed')
    expect(events.map(event => event.sequence)).toEqual(events.map((_, i) => events[0]!.sequence + i))
  })

  it('getting again what is complete fetches nothing', async () => {
    const source = makeTree(peers.path('again'), { x: bytesOf(3, 300_000) })
    const { link } = await share(a, source)
    await get(b, link, peers.path('into'))
    const again = await get(b, link, peers.path('into'))
    expect(again).toMatchObject({ state: 'complete' })
    expect(again.downBytes).toBeLessThanOrEqual(300_000)
  })

  it('what lies there already is not fetched', async () => {
    const plan = { x: bytesOf(4, 400_000), y: bytesOf(5, 400_000), z: bytesOf(6, 100_000) }
    const source = makeTree(peers.path('partly'), plan)
    makeTree(peers.path('into', 'partly'), { x: plan.x, z: plan.z })
    const { link } = await share(a, source)
    const last = await get(b, link, peers.path('into'))
    expect(last.downBytes).toBe(400_000)
    expect(treeOf(peers.path('into', 'partly'))).toEqual(treeOf(source))
  })

  it('the one who shares can get it too: it is there', async () => {
    const source = makeTree(peers.path('own'), { x: bytesOf(7, 30_000) })
    const { link } = await share(a, source)
    expect(await get(a, link, peers.path('elsewhere'))).toMatchObject({ state: 'complete', path: source })
  })

  it('cat gives any range of any file', async () => {
    const x = bytesOf(8, 1_500_000)
    const source = makeTree(peers.path('cat'), { x, y: bytesOf(9, 10) })
    const { link, infoHash } = await share(a, source)
    await get(b, link, peers.path('into'))
    for (const [offset, length] of [
      [0, 10],
      [16_383, 2],
      [1_048_570, 20],
      [1_499_999, 1],
      [1_500_000, 5],
      [0, 0],
    ] as const)
      expect(Buffer.from(await cat(b, infoHash, { file: 'x', offset, length }))).toEqual(
        Buffer.from(x.subarray(offset, offset + length)),
      )
    expect(Buffer.from(await cat(b, infoHash, { file: 'x' })).equals(x)).toBe(true)
    expect(await codeOf(cat(b, infoHash, { file: 'x', offset: 1_500_001 }))).toBe('usage.invalid')
    expect(await codeOf(cat(b, infoHash, { file: 'nope' }))).toBe('content.no-such-file')
    expect(await codeOf(cat(b, infoHash))).toBe('content.no-such-file')
  })

  it('cat reads ahead of what has arrived, from any place, also in what is skipped', async () => {
    const slow = await peers.start('slow', { 'files.uploadBytesPerSecond': 4_000_000 })
    const x = bytesOf(11, 6_000_000)
    const source = makeTree(peers.path('stream'), { x, y: bytesOf(12, 500_000) })
    const { link, infoHash } = await share(slow, source, { pieceLength: 65_536 })
    await getUntil(b, link, peers.path('into'), snapshot => snapshot.state === 'fetching')
    await b.files.files({ content: infoHash, skip: ['y'] })
    const end = await cat(b, infoHash, { file: 'x', offset: 5_900_000 })
    expect(Buffer.from(end).equals(x.subarray(5_900_000))).toBe(true)
    const middle = await cat(b, infoHash, { file: 'x', offset: 3_000_001, length: 200_000 })
    expect(Buffer.from(middle).equals(x.subarray(3_000_001, 3_200_001))).toBe(true)
    expect((await b.files.show({ content: infoHash })).state).toBe('fetching')
    const skipped = await cat(b, infoHash, { file: 'y', offset: 100_000, length: 10 })
    expect(Buffer.from(skipped).equals(bytesOf(12, 500_000).subarray(100_000, 100_010))).toBe(true)
    await b.files.remove({ content: infoHash, deleteFiles: true })
    await peers.stop(slow)
  })

  it('a link that lost a part is refused with what is wrong', async () => {
    const source = makeTree(peers.path('cut'), { x: bytesOf(10, 10) })
    const { link } = await share(a, source)
    const hash = link.slice(0, link.indexOf('?'))
    for (const text of [
      hash.slice(0, -1),
      `${hash}x`,
      `${hash}?s=abc`,
      `${hash}?p=/ip4`,
      'peerage:',
      'magnet:?',
      'http://example.org/x',
      'hello',
    ])
      expect(await codeOf(get(b, text, peers.path('into'))), text).toBe('link.invalid')
    expect((await b.files.list()).some(one => one.name === 'cut')).toBe(false)
  })
})
