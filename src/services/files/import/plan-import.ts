import { toHex } from '../../../base/index.ts'
import { type Content, nameContent } from '../../../content/index.ts'
import type { AdoptOptions, NamedTorrent, Store } from '../../../store/index.ts'
import type { ResumeData, Wanted } from './resume-data.ts'
import { torrentNumbers } from './torrent-numbers.ts'

/** One torrent of another program, and what is on disk of it as far as names and sizes tell. */
export interface ImportPlan {
  readonly resume: ResumeData
  readonly named: NamedTorrent
  readonly content: Content
  readonly infoHash: string
  readonly adopt: AdoptOptions
  /** Wanted files that are there in full length, that are there in part, and that are not. */
  readonly here: number
  readonly parts: number
  readonly missing: number
}

/** Reads the torrent and looks for its files. Throws `content.invalid`, `bencode.*`, `path.unsafe`. */
export async function planImport(store: Store, resume: ResumeData): Promise<ImportPlan> {
  const named = await store.readTorrent(resume.torrent)
  const content = nameContent(await store.readContent(named.torrent.info), named)
  const paths = pathsOf(content, resume)
  const adopt = { into: resume.folder, ...paths, priorities: prioritiesOf(content, resume) }
  const found = await look(store, content, resume, adopt)
  const layers = new Map<number, Uint8Array>()
  for (const { index, piecesRoot, pieceCount } of content.files) {
    const layer =
      pieceCount > 1 && piecesRoot !== undefined
        ? named.torrent.pieceLayers.get(toHex(piecesRoot))
        : undefined
    if (layer !== undefined) layers.set(index, layer)
  }
  const infoHash = toHex(content.infoHash)
  const { here, missing, parts } = found
  return {
    resume,
    named,
    content,
    infoHash,
    adopt: { ...adopt, parts, pieceLayers: layers },
    here,
    parts: parts.size,
    missing,
  }
}

/** The usual paths, a root of another name, or a path of its own for each file. */
function pathsOf(content: Content, resume: ResumeData): Pick<AdoptOptions, 'name' | 'renamed'> {
  const { paths: listed = [], name = content.name } = resume
  const { singleFile, files } = content
  const usual = (root: string): string[] =>
    files.map(({ path }) => (singleFile ? root : `${root}/${path.join('/')}`))
  const expected = usual(name)
  const numbers = torrentNumbers(content)
  const paths = expected.map((path, i) => {
    const said = listed[numbers[i]!]
    return said === undefined || said === '' ? path : withoutSuffix(said.replaceAll('\\', '/'), resume)
  })
  const root = paths[0]!.split('/')[0]!
  if (usual(root).every((path, i) => paths[i] === path)) return { name: root }
  return { name, renamed: new Map([...paths.entries()].filter(([i, path]) => path !== expected[i])) }
}

function withoutSuffix(path: string, { partSuffixes }: ResumeData): string {
  const suffix = partSuffixes.find(one => one !== '' && path.endsWith(one))
  return suffix === undefined ? path : path.slice(0, -suffix.length)
}

function prioritiesOf(content: Content, { priorities }: ResumeData): ReadonlyMap<number, Wanted> | undefined {
  if (priorities === undefined) return undefined
  const numbers = torrentNumbers(content)
  return new Map(content.files.map(({ index }) => [index, priorities[numbers[index]!] ?? 'normal']))
}

async function look(
  store: Store,
  content: Content,
  { folder, isComplete, partSuffixes }: ResumeData,
  { name = content.name, renamed, priorities }: AdoptOptions,
): Promise<{ here: number; missing: number; parts: Map<number, string> }> {
  const files = content.files.filter(({ size, index }) => size > 0 && priorities?.get(index) !== 'skip')
  const paths = files.map(({ index, path }) => {
    if (content.singleFile) return renamed?.get(index) ?? name
    return renamed?.get(index) ?? `${name}/${path.join('/')}`
  })
  const suffixes = isComplete ? [''] : partSuffixes
  const sizes = await Promise.all(
    suffixes.map(suffix =>
      store.sizes(
        folder,
        paths.map(path => path + suffix),
      ),
    ),
  )
  let here = 0
  let missing = 0
  const parts = new Map<number, string>()
  files.forEach(({ index, size }, i) => {
    const way = suffixes.findIndex((_, at) => sizes[at]![i] !== undefined)
    if (way < 0) missing++
    else if (isComplete && sizes[way]![i] !== size) missing++
    else if (isComplete) here++
    else parts.set(index, paths[i]! + suffixes[way]!)
  })
  return { here, missing, parts }
}
