import type { FileTable } from './file-table.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import type { StatResult } from './io-jobs.ts'
import type { SegmentMap } from './segment-map.ts'
import type { CheckRequest } from './settle-found.ts'
import { sameStamp } from './stamps.ts'

const slackMs = 2000
// Less than any segment; room for what file systems count besides data.
const slackBytes = 8192
const statsAtOnce = 4096

export interface RecoverRequest {
  readonly host: StoreHost
  readonly row: ContentRow
  readonly files: FileTable
  readonly bits: SegmentMap
  /** The session before ended by `close`. */
  readonly wasClean: boolean
}

/**
 * Decides, from names, sizes and times alone, what the index says about an unfinished content can be believed, and
 * which files must be hashed. What is not believed leaves the map before anybody sees it.
 *
 * After a clean stop a file is believed when its stamp is the recorded one. After a crash its time may be later, by what
 * we may have written before the crash and the index did not get to know: up to a checkpoint after the last one. The
 * bits of the index were durable before they were set, so those are believed; pieces written later are looked for.
 */
export async function filesToCheck(request: RecoverRequest): Promise<CheckRequest[]> {
  const { row, files, bits, wasClean } = request
  const wanted = files.content.files.filter(file => file.size > 0).map(file => file.index)
  if (row.recheck) return wanted.map(file => ({ file, ours: false, onlyMissing: false }))
  const open = wanted.filter(file =>
    wasClean ? files.isPart(file) : !files.isFinal(file) || bits.missing(file) > 0,
  )
  if (open.length === 0) return []
  const checks: CheckRequest[] = []
  for (let from = 0; from < open.length; from += statsAtOnce) {
    const some = open.slice(from, from + statsAtOnce)
    const finals = await stats(request, some, file => files.finalPath(file))
    const parts =
      row.origin === 'download' ? await stats(request, some, file => files.partPath(file)) : undefined
    some.forEach((file, i) => {
      const check = judge(request, file, finals[i]!, parts?.[i])
      if (check !== undefined) checks.push(check)
    })
  }
  return checks
}

function stats(
  { host, files }: RecoverRequest,
  some: number[],
  path: (file: number) => string,
): Promise<StatResult[]> {
  return host.pool.run({ op: 'stat', base: files.base, paths: some.map(path) })
}

function judge(
  request: RecoverRequest,
  file: number,
  final: StatResult,
  part: StatResult | undefined,
): CheckRequest | undefined {
  const { files, bits, wasClean } = request
  const { size } = files.content.files[file]!
  const here = [part, final].find(stat => stat?.kind === 'file' && stat.size === size)
  if (files.isFinal(file)) return { file, ours: true, onlyMissing: true }
  if (!files.isPart(file)) {
    if (here === undefined) return undefined
    return { file, ours: here === final && isRecent(request, final), onlyMissing: false }
  }
  if (here !== undefined && isBelieved(request, file, here)) {
    if (here === part && (wasClean || holdsNoMore(request, file, part))) return undefined
    return { file, ours: true, onlyMissing: true }
  }
  bits.clearFile(file)
  files.clear(file)
  return here === undefined ? undefined : { file, ours: false, onlyMissing: false }
}

function isBelieved(request: RecoverRequest, file: number, stat: StatResult): boolean {
  const recorded = request.files.stamp(file)
  if (recorded === undefined) return false
  if (sameStamp(recorded, stat)) return true
  if (request.wasClean || stat.size !== recorded.size || stat.ino !== recorded.ino) return false
  return stat.mtimeMs >= recorded.mtimeMs && stat.mtimeMs <= lastWrite(request)
}

/** Nothing was written since the checkpoint; on disks that compress only the time tells, on others the blocks too. */
function holdsNoMore({ files, bits }: RecoverRequest, file: number, stat: StatResult): boolean {
  return sameStamp(files.stamp(file), stat) && stat.blocks * 512 <= bits.bytesOf(file) + slackBytes
}

/** Made between adding the content and the crash, as far as times tell. */
function isRecent(request: RecoverRequest, stat: StatResult): boolean {
  return stat.mtimeMs >= request.row.addedAt - 10 && stat.mtimeMs <= lastWrite(request)
}

function lastWrite({ row, host }: RecoverRequest): number {
  return Math.max(row.aliveAt, row.addedAt) + host.config.checkpointMs + slackMs
}
