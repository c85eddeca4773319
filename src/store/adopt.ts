import type { Content } from '../content/index.ts'
import { segmentLengthOf } from '../content/index.ts'
import { holdsExactNames } from './exact-names.ts'
import { type Priority, priorityNames } from './file-table.ts'
import type { StoreHost } from './host.ts'
import type { NewContent } from './index-database.ts'
import { safePaths } from './safe-path.ts'
import { segmentCountOf } from './segment-map.ts'

/** Where another program has put content. */
export interface AdoptOptions {
  /** The folder that holds its file or folder. */
  readonly into: string
  /** The name of its file or folder there, when it is not what the content says. */
  readonly name?: string | undefined
  /** Paths below `into` of files that are called otherwise, by file. */
  readonly renamed?: ReadonlyMap<number, string> | undefined
  readonly priorities?: ReadonlyMap<number, Priority> | undefined
  /** Paths below `into` of files that are not whole, by file: they get the name of our parts. */
  readonly parts?: ReadonlyMap<number, string> | undefined
  readonly pieceLayers?: ReadonlyMap<number, Uint8Array> | undefined
}

/** The row of content whose files are there and of which nothing is believed. */
export async function adoptedRow(
  host: StoreHost,
  content: Content,
  { into, name, priorities }: AdoptOptions,
): Promise<NewContent> {
  const exact = host.config.names === 'auto' && (await holdsExactNames(into))
  const segmentCount = segmentCountOf(content, segmentLengthOf(content))
  return {
    hash: Buffer.from(content.infoHash).toString('hex'),
    origin: 'download',
    base: into,
    target: safePaths([[name ?? content.name]], { exact }).paths[0]!,
    exact,
    name: content.name,
    totalSize: content.totalSize,
    pieceCount: content.pieceCount,
    overwrite: false,
    addedAt: host.world.wallTime(),
    segments: new Uint8Array((segmentCount + 7) >> 3),
    segmentCount,
    priorities: Uint8Array.from(content.files, ({ index }) =>
      priorityNames.indexOf(priorities?.get(index) ?? 'normal'),
    ),
    done: false,
    recheck: true,
    aliveAt: 0,
  }
}
