import { readdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { concat, PeerageError, utf8 } from '../../../base/index.ts'
import { bytesAt, type Dictionary, decodeAround } from '../../../wire/index.ts'
import type { TransferSettings } from '../settings.ts'
import { readBounded, resumeLimits } from './read-bounded.ts'
import {
  type Importable,
  numberOf,
  numbersOf,
  type ResumeData,
  rateOf,
  textOf,
  textsOf,
  timeOf,
  type Wanted,
} from './resume-data.ts'

const database = 'torrents.db'
const resumeName = /^([0-9a-f]{40}|[0-9a-f]{64})\.fastresume$/i

/** The torrents in a BT_backup folder of qBittorrent 4 or 5, or in its torrents.db. Undefined when it is none. */
export async function qBittorrentIn(
  folder: string,
  names: readonly string[],
): Promise<Importable[] | undefined> {
  if (names.includes('BT_backup') || names.includes(database)) {
    const below = `${folder}/BT_backup`
    const files = names.includes('BT_backup') ? await qBittorrentIn(below, await readdir(below)) : []
    const rows = names.includes(database) ? readDatabase(`${folder}/${database}`) : []
    return [...rows, ...(files ?? [])]
  }
  const hashes = names.flatMap(name => resumeName.exec(name)?.[1] ?? [])
  if (hashes.length === 0) return undefined
  return hashes.map(hash => ({
    label: `${hash}.fastresume`,
    read: async () => {
      const torrent = names.includes(`${hash}.torrent`)
        ? await readBounded(`${folder}/${hash}.torrent`)
        : undefined
      return qBittorrentResume(await readBounded(`${folder}/${hash}.fastresume`), torrent)
    },
  }))
}

/** What a `.fastresume` file says. Throws `bencode.*`, `content.invalid`. */
export function qBittorrentResume(bytes: Uint8Array, torrent: Uint8Array | undefined): ResumeData {
  const resume = decodeAround(bytes, 'info', resumeLimits)
  return describe(resume, torrent ?? torrentIn(resume))
}

/** What libtorrent puts into resume data itself when there is no file beside it. */
function torrentIn(resume: Dictionary): Uint8Array {
  const info = bytesAt(resume, 'info')
  if (info === undefined)
    throw new PeerageError('content.invalid', 'Its metadata was never fetched; get it by its link instead.')
  return concat([utf8('d4:info'), info, utf8('e')])
}

/** The SQLite kind of storage (since 4.4): columns instead of keys that begin with qBt. */
function readDatabase(path: string): Importable[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db
      .prepare('SELECT * FROM torrents ORDER BY queue_position')
      .all()
      .map(row => importableOf(row))
  } finally {
    db.close()
  }
}

function importableOf(row: Readonly<Record<string, unknown>>): Importable {
  const { torrent_id: id, libtorrent_resume_data: data, metadata } = row
  return {
    label: String(id),
    read: async () => {
      if (!(data instanceof Uint8Array))
        throw new PeerageError('content.invalid', 'Its resume data is missing.')
      const resume = decodeAround(data, 'info', resumeLimits)
      const { ratio_limit: ratio, seeding_time_limit: minutes, target_save_path: path } = row
      if (typeof ratio === 'number') resume.set('qBt-ratioLimit', ratio)
      if (typeof minutes === 'number') resume.set('qBt-seedingTimeLimit', minutes)
      if (typeof row.queue_position === 'number') resume.set('qBt-queuePosition', row.queue_position)
      if (typeof path === 'string') resume.set('qBt-savePath', utf8(path))
      if (row.has_outer_pieces_priority === 1) resume.set('qBt-firstLastPiecePriority', 1)
      if (row.stopped === 1) resume.set('qBt-stopped', 1)
      return describe(resume, metadata instanceof Uint8Array ? metadata : torrentIn(resume))
    },
  }
}

function describe(resume: Dictionary, torrent: Uint8Array): ResumeData {
  const folder = textOf(resume.get('save_path')) ?? textOf(resume.get('qBt-savePath'))
  if (folder === undefined || folder === '')
    throw new PeerageError('content.invalid', 'It does not say where its files are.')
  const mapped = textsOf(resume.get('mapped_files')) ?? textsOf(resume.get('qBt-mappedFiles'))
  return {
    torrent,
    folder,
    paths: mapped,
    priorities: numbersOf(resume.get('file_priority'))?.map(wantedOf),
    isComplete: isComplete(resume),
    partSuffixes: ['.!qB', ''],
    paused: isPaused(resume),
    trackers: tiersIn(resume),
    webSeeds: textsOf(resume.get('url-list')),
    uploaded: numberOf(resume.get('total_uploaded')) ?? 0,
    downloaded: numberOf(resume.get('total_downloaded')) ?? 0,
    seedingMs: (numberOf(resume.get('seeding_time')) ?? 0) * 1000,
    addedAt: timeOf(resume.get('added_time')),
    completedAt: timeOf(resume.get('completed_time')),
    settings: settingsOf(resume),
  }
}

/** libtorrent: 0 skips, 4 is what it gives by itself; qBittorrent says 1, 6 and 7. */
function wantedOf(priority: number): Wanted {
  if (priority === 0) return 'skip'
  return priority >= 6 ? 'high' : 'normal'
}

function isComplete(resume: Dictionary): boolean {
  const pieces = resume.get('pieces')
  if (numberOf(resume.get('finished_time')) === undefined && !(pieces instanceof Uint8Array)) return false
  return pieces instanceof Uint8Array && pieces.length > 0 && pieces.every(byte => (byte & 1) === 1)
}

/** What is managed automatically is only waiting for its turn. */
function isPaused(resume: Dictionary): boolean {
  const stopped = numberOf(resume.get('qBt-stopped'))
  if (stopped !== undefined) return stopped === 1
  return numberOf(resume.get('paused')) === 1 && numberOf(resume.get('auto_managed')) !== 1
}

function tiersIn(resume: Dictionary): readonly (readonly string[])[] | undefined {
  const tiers = resume.get('trackers')
  return Array.isArray(tiers) ? tiers.map(tier => textsOf(tier) ?? []) : undefined
}

/** The ratio in thousandths, the time in minutes: -2 (-2000) is as configured, -1 (-1000) is without end. */
function settingsOf(resume: Dictionary): TransferSettings {
  const ratio = goal((numberOf(resume.get('qBt-ratioLimit')) ?? -2000) / 1000)
  const seedingMinutes = goal(numberOf(resume.get('qBt-seedingTimeLimit')) ?? -2)
  const uploadBytesPerSecond = rateOf(resume, 'upload_rate_limit')
  const downloadBytesPerSecond = rateOf(resume, 'download_rate_limit')
  const position = numberOf(resume.get('qBt-queuePosition')) ?? -1
  return {
    ...(ratio !== undefined && { ratio }),
    ...(seedingMinutes !== undefined && { seedingMinutes }),
    ...(uploadBytesPerSecond !== undefined && { uploadBytesPerSecond }),
    ...(downloadBytesPerSecond !== undefined && { downloadBytesPerSecond }),
    ...(numberOf(resume.get('sequential_download')) === 1 && { sequential: true }),
    ...(numberOf(resume.get('qBt-firstLastPiecePriority')) === 1 && { firstLast: true }),
    ...(numberOf(resume.get('super_seeding')) === 1 && { superSeeding: true }),
    ...(position >= 0 && { position }),
  }
}

function goal(value: number): number | undefined {
  if (value <= -2) return undefined
  return Math.max(0, value)
}
