import { setImmediate } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { sha256, toHex, VirtualWorld } from '../base/index.ts'
import {
  buildInfo,
  cidOfSha256,
  codecs,
  DirectoryBuilder,
  modernProfile,
  parseContent,
  verifyBlock,
} from '../content/index.ts'
import type { Pipe, Swarm } from '../swarm/index.ts'
import type { Message } from '../wire/index.ts'
import { ipfsConfig } from './config.ts'
import type { BlockSession, Blocks } from './ports.ts'
import { SwarmSource } from './swarm-source.ts'

const folders = 10
const perFolder = 200
const config = ipfsConfig.parse({})

/** Files of a few bytes in folders, whose blocks all are there at once. */
function manyFiles() {
  const blocks = new Map<string, Uint8Array>()
  const asked: string[] = []
  const options = {
    profile: modernProfile,
    emit: (cid: CID, bytes: Uint8Array) => void blocks.set(cid.toString(), bytes),
  }
  const root = new DirectoryBuilder(options)
  const files = []
  for (let f = 0; f < folders; f++) {
    const folder = new DirectoryBuilder(options)
    for (let i = 0; i < perFolder; i++) {
      const bytes = Uint8Array.of(f, i, 7)
      const cid = cidOfSha256(sha256(bytes), codecs.raw, 1)
      options.emit(cid, bytes)
      folder.add(`file ${1000 + i}`, { cid, fileSize: 3, dagSize: 3 })
      files.push({ path: [`folder ${f}`, `file ${1000 + i}`], size: 3, piecesRoot: sha256(bytes) })
    }
    root.add(`folder ${f}`, folder.finish())
  }
  const info = buildInfo({ name: 'many', pieceLength: 16_384, files })
  const session: BlockSession = {
    get: (cid, { sink } = {}) => {
      asked.push(cid.toString())
      return sink!(cid, blocks.get(cid.toString())!)
    },
    sources: () => [],
    asked: 0,
    quietMs: 0,
    close: () => undefined,
  }
  return { content: parseContent(info, { infoHash: sha256(info) }), root: root.finish().cid, session, asked }
}

it('gives thousands of small files a few a turn, and asks for each folder once', async () => {
  const { content, root, session, asked } = manyFiles()
  const got = new Map<number, Uint8Array>()
  const targets = new Map<number, Uint8Array>()
  const join = (pipe: Pipe): unknown => ({
    state: {},
    offers: () => undefined,
    closed: () => undefined,
    place: (piece: number) => {
      targets.set(piece, new Uint8Array(3))
      return targets.get(piece)
    },
    receive: (message: Message) => {
      if (message.type === 'piece') got.set(message.piece, targets.get(message.piece)!)
      if (message.type !== 'unchoke') return
      for (let piece = 0; piece < content.pieceCount; piece++)
        pipe.send({ type: 'request', piece, begin: 0, length: 3 })
    },
  })
  const swarm = { content: { content }, join } as unknown as Swarm
  const verify: Blocks['verify'] = async (cid, bytes) => verifyBlock(cid, bytes)
  const source = new SwarmSource({ world: new VirtualWorld(1), config, root, swarm, session, verify })
  let most = 0
  for (let before = 0; got.size < content.pieceCount; before = got.size) {
    await setImmediate()
    most = Math.max(most, got.size - before)
  }
  source.stop()
  expect(most).toBeLessThanOrEqual(config.sourceRanges)
  for (const { firstPiece, path } of content.files)
    expect(toHex(got.get(firstPiece)!)).toBe(
      toHex(Uint8Array.of(Number(path[0]!.slice(7)), Number(path[1]!.slice(5)) - 1000, 7)),
    )
  // The root is also what tells that it is there.
  expect(asked).toHaveLength(1 + folders + folders * perFolder)
})
