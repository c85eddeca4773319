import { hash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { buildInfo, encodeTorrent, levelOf, merkleRoot, treeHeight } from '../src/content/index.ts'
import { encode } from '../src/wire/index.ts'

export interface LargeTorrent {
  readonly version: 'v1' | 'v2'
  readonly files: number
  /** Of all files together. */
  readonly bytes: number
  readonly pieceLength: number
  /** Of the content; another name makes another info hash. */
  readonly name?: string
  readonly tracker?: string
}

interface Planned {
  readonly path: readonly string[]
  readonly size: number
}

/**
 * Writes the metadata of content that nobody has: names and sizes as of a large archive, hashes made up. Files are of very different
 * sizes, a hundred to a folder.
 */
export async function writeLargeTorrent(path: string, described: LargeTorrent): Promise<void> {
  const files = plan(described)
  await writeFile(path, described.version === 'v1' ? v1(files, described) : v2(files, described))
}

function plan({ files, bytes }: LargeTorrent): Planned[] {
  const average = Math.floor(bytes / files)
  return Array.from({ length: files }, (_, i) => ({
    path: [
      `folder ${String(Math.floor(i / 100)).padStart(4, '0')}`,
      `file ${String(i).padStart(6, '0')}.dat`,
    ],
    // From a hundredth to twice the average, less one: the mean is the average.
    size: Math.max(1, Math.round((average * ((i * 7919) % 200)) / 100)),
  }))
}

function v1(files: readonly Planned[], { pieceLength, name = 'archive', tracker }: LargeTorrent): Uint8Array {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const info = encode(
    new Map<string, Parameters<typeof encode>[0]>([
      [
        'files',
        files.map(
          ({ path, size }) =>
            new Map<string, Parameters<typeof encode>[0]>([
              ['length', size],
              ['path', path],
            ]),
        ),
      ],
      ['name', name],
      ['piece length', pieceLength],
      ['pieces', randomBytes(Math.ceil(total / pieceLength) * 20)],
    ]),
  )
  return encodeTorrent({ info, pieceLayers: new Map(), ...trackersOf(tracker) })
}

function v2(files: readonly Planned[], { pieceLength, name = 'archive', tracker }: LargeTorrent): Uint8Array {
  const pieceLayers = new Map<string, Uint8Array>()
  const level = levelOf(pieceLength)
  const rooted = files.map(({ path, size }) => {
    const pieces = Math.ceil(size / pieceLength)
    if (pieces <= 1) return { path, size, piecesRoot: randomBytes(32) }
    const layer = randomBytes(32 * pieces)
    const piecesRoot = merkleRoot(layer, treeHeight(pieces), sha256, level)
    pieceLayers.set(Buffer.from(piecesRoot).toString('hex'), layer)
    return { path, size, piecesRoot }
  })
  const info = buildInfo({ name, pieceLength, files: rooted })
  return encodeTorrent({ info, pieceLayers, ...trackersOf(tracker) }, { hash: sha256 })
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

function trackersOf(tracker: string | undefined): { trackers?: string[][] } {
  return tracker === undefined ? {} : { trackers: [[tracker]] }
}
