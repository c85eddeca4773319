/**
 * A receiver that is meant to be killed: takes pieces of a content whose files lie in SOURCE, as fast as it can, and
 * prints one line a fact: `took PIECE`, `saved N` (the first N lines before it were in a finished checkpoint), `completed`.
 */
import fs from 'node:fs'
import { fromHex, systemWorld, toHex } from '../../src/base/index.ts'
import { type FileEntry, parseContent } from '../../src/content/index.ts'
import { openStore } from '../../src/store/index.ts'

const [home, into, source, infoPath, order] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const { infoHash, info, layers } = JSON.parse(fs.readFileSync(infoPath, 'utf8')) as {
  infoHash: string
  info: string
  layers: Record<string, string>
}
const name = fromHex(infoHash)
const content = parseContent(fromHex(info), name.length === 20 ? { infoHashV1: name } : { infoHash: name })
const store = await openStore({ home, world: systemWorld, config: { checkpointMs: 60, syncOneByOne: 1000 } })
const stored = await store.addDownload(content, { into })
await stored.ready
for (const [file, layer] of Object.entries(layers))
  if (stored.pieceLayer(Number(file)) === undefined) stored.setPieceLayer(Number(file), fromHex(layer))

let printed = 0
function say(line: string): void {
  printed++
  fs.writeSync(1, `${line}\n`)
}

function expectedOf(piece: number, { index, firstPiece, piecesRoot }: FileEntry): Uint8Array {
  if (content.version === 'v1') return content.v1Pieces!.subarray(piece * 20, (piece + 1) * 20)
  const at = (piece - firstPiece) * 64
  const layer = layers[index]
  return layer === undefined ? piecesRoot! : fromHex(layer.slice(at, at + 64))
}

async function take(piece: number): Promise<void> {
  const file = stored.pieces.pieceFile(piece)
  const length = stored.pieces.pieceSize(piece)
  const lease = stored.lease(length)
  if (lease === undefined) throw new Error('no room')
  for (const part of stored.pieces.parts(piece, 0, length)) {
    const fd = fs.openSync(`${source}/${content.files[part.fileIndex]!.path.join('/')}`, 'r')
    fs.readSync(fd, lease.bytes, part.begin, part.length, part.fileOffset)
    fs.closeSync(fd)
  }
  const expected = expectedOf(piece, file)
  const verdict = await stored.accept({ piece, begin: 0, length, lease, expected })
  if (!verdict.ok) throw new Error(`piece ${piece} of ${toHex(content.infoHash)} refused`)
  say(`took ${piece}`)
}

const missing = Array.from({ length: content.pieceCount }, (_, i) => i).filter(
  piece => !stored.have.has(piece),
)
if (order === 'scattered') missing.sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009))
say('started')
let next = 0
async function lane(): Promise<void> {
  for (let piece = missing[next++]; piece !== undefined; piece = missing[next++]) {
    await take(piece)
    if (piece % 50 !== 0) continue
    const before = printed
    await stored.checkpoint()
    say(`saved ${before}`)
  }
}
await Promise.all([lane(), lane(), lane()])
await stored.completed
say('completed')
await store.close()
