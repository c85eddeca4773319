/**
 * How fast the store alone is: `node bench/micro/store.ts [--workers N] [--big MiB] [--small FILES] [--dir DIR]`.
 * Bytes come from memory; what is left is hashing, verifying, writing and reading.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { systemWorld } from '../../src/base/index.ts'
import type { Content } from '../../src/content/index.ts'
import { openStore, type Store, type StoredContent } from '../../src/store/index.ts'

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    big: { type: 'string', default: '1024' },
    small: { type: 'string', default: '10000' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const workers = Number(values.workers)
const root = fs.mkdtempSync(`${values.dir}/peerage-bench-`)
const figures: Record<string, number | string> = {}

function note(name: string, value: number, unit: string): void {
  figures[name] = `${value >= 100 ? Math.round(value) : value.toFixed(2)} ${unit}`
}

async function timed<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const from = performance.now()
  const result = await work()
  return [result, (performance.now() - from) / 1000]
}

function makeBig(path: string, mebibytes: number): void {
  const bytes = Buffer.alloc(2 ** 20)
  const file = fs.openSync(path, 'w')
  for (let i = 0; i < mebibytes; i++) {
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((i * 2654435761 + at * 40503) >>> 0, at)
    fs.writeSync(file, bytes)
  }
  fs.closeSync(file)
}

function makeSmall(path: string, files: number): void {
  const bytes = Buffer.alloc(8192)
  for (let i = 0; i < files; i++) {
    if (i % 100 === 0) fs.mkdirSync(`${path}/${i / 100}`, { recursive: true })
    bytes.writeUInt32LE(i)
    fs.writeFileSync(`${path}/${Math.floor(i / 100)}/file-${i}`, bytes)
  }
}

function expectedRoot(
  share: StoredContent,
  content: Content,
  piece: number,
  layers: Map<number, Uint8Array>,
): Uint8Array {
  const file = share.pieces.pieceFile(piece)
  if (file.pieceCount === 1) return file.piecesRoot!
  let layer = layers.get(file.index)
  if (layer === undefined) {
    layer = share.pieceLayer(file.index)!
    layers.set(file.index, layer)
  }
  const at = (piece - file.firstPiece) * 32
  return content.pieceLength > 2 ** 20 ? layer : layer.subarray(at, at + 32)
}

/** Reads every piece from the share and offers it to the download, some at a time, as a swarm would. */
async function transfer(
  share: StoredContent,
  download: StoredContent,
  source: Map<number, Uint8Array>,
): Promise<void> {
  const { content } = share
  const layers = new Map<number, Uint8Array>()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let piece = next++; piece < share.pieceCount; piece = next++) {
      const bytes = source.get(piece % source.size)!
      const lease = download.lease(bytes.length)!
      lease.bytes.set(bytes)
      const expected = expectedRoot(share, content, piece, layers)
      const verdict = await download.accept({ piece, begin: 0, length: bytes.length, lease, expected })
      if (!verdict.ok) throw new Error(`piece ${piece} was refused`)
    }
  }
  await Promise.all(Array.from({ length: content.pieceLength >= 2 ** 20 ? 24 : 512 }, lane))
}

async function readAll(share: StoredContent, keep: boolean, lanes: number): Promise<Map<number, Uint8Array>> {
  const kept = new Map<number, Uint8Array>()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let piece = next++; piece < share.pieceCount; piece = next++) {
      const bytes = await share.read(piece, 0, share.pieces.pieceSize(piece))
      if (keep) kept.set(piece, bytes.slice())
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return kept
}

async function measure(store: Store, other: Store, kind: 'big' | 'small'): Promise<void> {
  const path = kind === 'big' ? `${root}/big.bin` : `${root}/small`
  const [share, hashing] = await timed(() => store.createShare(path))
  const megabytes = share.totalSize / 1e6
  const files = share.content.files.length
  note(`createShare ${kind}`, megabytes / hashing, 'MB/s')
  note(`createShare ${kind} time`, hashing, 's')
  const [, again] = await timed(() => store.createShare(path))
  note(`createShare ${kind} again`, again, 's')
  const [, reading] = await timed(() => readAll(share, false, 16))
  note(`read ${kind}`, megabytes / reading, 'MB/s')
  const source = await readAll(share, true, 16)
  const cpu = process.cpuUsage()
  const download = await other.addDownload(share.content, { into: `${root}/${kind}-out` })
  let verified = 0
  const from = performance.now()
  download.on('verified', () => {
    verified = (performance.now() - from) / 1000
  })
  const [, accepting] = await timed(() => transfer(share, download, source))
  const [, durable] = await timed(() => download.completed)
  const used = process.cpuUsage(cpu)
  note(`accept ${kind}`, megabytes / accepting, 'MB/s')
  note(`accept ${kind} count`, share.pieceCount / accepting, '/s')
  note(`accept ${kind} verified`, verified, 's')
  note(`accept ${kind} durable after`, durable, 's more')
  note(`accept ${kind} CPU`, (used.user + used.system) / 1e6, 's')
  if (files > 1) {
    execFileSync('sync')
    const [, copy] = await timed(async () => execFileSync('cp', ['-r', path, `${root}/copy`]))
    note(`cp -r ${kind}`, copy, 's')
  }
}

try {
  makeBig(`${root}/big.bin`, Number(values.big))
  makeSmall(`${root}/small`, Number(values.small))
  const store = await openStore({ home: `${root}/home`, world: systemWorld, workers })
  const other = await openStore({ home: `${root}/other`, world: systemWorld, workers })
  execFileSync('sync')
  await measure(store, other, 'big')
  await measure(store, other, 'small')
  await store.close()
  await other.close()
  const [opened, opening] = await timed(() =>
    openStore({ home: `${root}/home`, world: systemWorld, workers }),
  )
  note('open', opening * 1000, 'ms')
  await opened.close()
  console.table(figures)
} finally {
  fs.rmSync(root, { recursive: true, force: true })
}
