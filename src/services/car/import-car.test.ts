import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { concat, sha256, utf8 } from '../../base/index.ts'
import { cidOfSha256, codecs, verifyBlock } from '../../content/index.ts'
import { carSectionHead, encodeCarHeader, encodeDagPb } from '../../wire/index.ts'
import { type ImportCarHost, importCar } from './import-car.ts'

test('of a block with very many links the index is asked for some, and then others get a turn', async () => {
  const leaf = cidOfSha256(sha256(utf8('leaf')), codecs.raw, 1)
  const bytes = encodeDagPb({ links: Array.from({ length: 20_000 }, () => ({ hash: leaf.bytes })) })
  const root = cidOfSha256(sha256(bytes), codecs.dagPb, 1)
  const folder = await mkdtemp(join(tmpdir(), 'peerage-car-'))
  const file = join(folder, 'wide.car')
  await writeFile(file, concat([encodeCarHeader([root]), carSectionHead(root.bytes, bytes.length), bytes]))
  const seen = { inTurn: 0, most: 0, all: 0, isOver: false }
  const turn = (): void => {
    seen.most = Math.max(seen.most, seen.inTurn)
    seen.inTurn = 0
    if (!seen.isOver) setImmediate(turn)
  }
  const host: ImportCarHost = {
    refuse() {},
    has() {
      seen.inTurn++
      seen.all++
      return true
    },
    put: async (cid, block) => verifyBlock(cid, block.slice()),
    keepAll: () => () => {},
    pin: async () => {},
  }
  turn()
  const input = { file, public: false, pin: false }
  for await (const _ of importCar(host, input, new AbortController().signal));
  seen.isOver = true
  await rm(folder, { recursive: true })
  expect(seen.all).toBeGreaterThan(20_000)
  expect(seen.most).toBeLessThan(1_100)
})
