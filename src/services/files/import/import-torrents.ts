import { contentResource } from '../../../access/index.ts'
import { fromHex, PeerageError, toHex } from '../../../base/index.ts'
import { isTrackerUrl, isWebSeedUrl } from '../../../content/index.ts'
import type { FilesHost } from '../host.ts'
import type { PublicRecord, TransferRecord } from '../record.ts'
import type { Inherited } from '../tally.ts'
import { findImportables, type ImportProgram } from './find-importables.ts'
import { type ImportPlan, planImport } from './plan-import.ts'
import type { Importable } from './resume-data.ts'

export interface ImportInput {
  folder: string
  from?: ImportProgram | undefined
  dryRun?: boolean | undefined
}

/**
 * What became, or with a dry run would become, of one torrent. `complete`: all files are there, and are hashed now; `partial`: the
 * rest is fetched; `missing`: the other program had files that are not there: it is paused; `known`: it is here already; `failed`:
 * see `error`.
 */
export interface ImportedTorrent {
  readonly label: string
  readonly program: ImportProgram
  readonly outcome: 'complete' | 'partial' | 'missing' | 'known' | 'failed'
  readonly name?: string
  readonly infoHash?: string
  readonly folder?: string
  readonly totalSize?: number
  readonly files?: number
  readonly missingFiles?: number
  readonly paused?: boolean
  readonly error?: { readonly code: string; readonly message: string }
}

export interface ImportTarget {
  readonly host: FilesHost
  isKnown(infoHash: string): boolean
  /** Its files are in the store: it begins. */
  enter(record: TransferRecord, before: Inherited): void
}

/** Takes over the torrents of another program, one after another. Throws what `findImportables` throws. */
export async function* importTorrents(
  target: ImportTarget,
  { folder, from, dryRun = false }: ImportInput,
  signal: AbortSignal,
): AsyncGenerator<ImportedTorrent> {
  const { program, found } = await findImportables(folder, from)
  for (const importable of found) {
    signal.throwIfAborted()
    yield { program, ...(await importOne(target, importable, dryRun)) }
  }
}

async function importOne(
  target: ImportTarget,
  importable: Importable,
  dryRun: boolean,
): Promise<Omit<ImportedTorrent, 'program'>> {
  const { label } = importable
  try {
    const plan = await planImport(target.host.store, await importable.read())
    const { content, infoHash, missing, resume, parts } = plan
    const isKnown = target.isKnown(infoHash)
    const isMissing = resume.isComplete && missing > 0
    const outcome = isKnown ? 'known' : isMissing ? 'missing' : resume.isComplete ? 'complete' : 'partial'
    const paused = resume.paused || isMissing
    if (!isKnown && !dryRun) await takeOver(target, plan, paused)
    return {
      label,
      outcome,
      name: content.name,
      infoHash,
      folder: resume.folder,
      totalSize: content.totalSize,
      files: content.files.length,
      missingFiles: resume.isComplete ? missing : missing + parts,
      paused,
    }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return { label, outcome: 'failed', error: { code: error.code, message: error.message } }
  }
}

async function takeOver({ host, enter }: ImportTarget, plan: ImportPlan, paused: boolean): Promise<void> {
  const { content, infoHash, adopt } = plan
  host.access.adopt(contentResource(fromHex(infoHash)), {})
  await host.store.adopt(content, adopt)
  enter(recordOf(host, plan, paused), plan.resume)
}

function recordOf({ world }: FilesHost, plan: ImportPlan, paused: boolean): TransferRecord {
  const { content, infoHash, resume } = plan
  const { completedAt, addedAt, settings, folder } = resume
  return {
    infoHash,
    origin: 'download',
    name: content.name,
    totalBytes: content.totalSize,
    fileCount: content.files.length,
    into: folder,
    paused,
    addedAt: addedAt ?? world.wallTime(),
    ...(completedAt !== undefined && { completedAt }),
    peers: [],
    public: publicOf(plan),
    settings,
  }
}

/** Trackers may have been edited since: then those of the resume data stand. */
function publicOf({ resume, named, content }: ImportPlan): PublicRecord {
  const { torrent } = named
  const trackers = resume.trackers?.some(tier => tier.length > 0) ? resume.trackers : torrent.trackers
  return {
    ...(content.infoHashV1 && { infoHashV1: toHex(content.infoHashV1) }),
    trackers: trackers.map(tier => [...tier].filter(isTrackerUrl)).filter(tier => tier.length > 0),
    webSeeds: [...new Set([...(resume.webSeeds ?? []), ...torrent.webSeeds])].filter(isWebSeedUrl),
    ...(torrent.httpSeeds && { httpSeeds: [...torrent.httpSeeds] }),
    ...(torrent.comment !== undefined && { comment: torrent.comment }),
    peers: [],
  }
}
