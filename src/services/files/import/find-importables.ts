import { readdir } from 'node:fs/promises'
import { PeerageError } from '../../../base/index.ts'
import { qBittorrentIn } from './qbittorrent.ts'
import type { Importable } from './resume-data.ts'
import { transmissionIn } from './transmission.ts'

export type ImportProgram = 'qbittorrent' | 'transmission'

/** What a folder holds of another program's torrents. Throws `store.source-unreadable`, `usage.invalid`. */
export async function findImportables(
  folder: string,
  from: ImportProgram | undefined,
): Promise<{ readonly program: ImportProgram; readonly found: readonly Importable[] }> {
  const names = await readdir(folder).catch(cause => {
    throw new PeerageError('store.source-unreadable', `${folder} cannot be read.`, { cause })
  })
  const kinds = { transmission: transmissionIn, qbittorrent: qBittorrentIn } as const
  for (const program of from === undefined ? (['transmission', 'qbittorrent'] as const) : [from]) {
    const found = await kinds[program](folder, names)
    if (found !== undefined) return { program, found }
  }
  throw new PeerageError(
    'usage.invalid',
    `${folder} holds no torrents of ${from ?? 'qBittorrent or Transmission'}: name its BT_backup folder, or the folder with resume/ and torrents/ in it.`,
  )
}
