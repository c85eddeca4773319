import type { FuzzTarget } from '../../../../test/fuzz/target.ts'
import { PeerageError } from '../../../base/index.ts'
import { encode } from '../../../wire/index.ts'
import { qBittorrentResume } from './qbittorrent.ts'
import { transmissionResume } from './transmission.ts'

const bencoded = (entries: Readonly<Record<string, Parameters<typeof encode>[0]>>): Uint8Array =>
  encode(new Map(Object.entries(entries)))
const torrent = new Uint8Array()

/** Whatever stands in resume data: it is read or refused. */
export const fuzz: FuzzTarget = {
  name: 'files/import/resume-data',
  seeds: [
    bencoded({
      save_path: '/a',
      mapped_files: ['a/b', ''],
      file_priority: [0, 1, 7],
      pieces: Uint8Array.of(1, 0),
      trackers: [['udp://a.example:1']],
      'qBt-ratioLimit': 2500,
      paused: 1,
    }),
    bencoded({
      destination: '/a',
      files: ['', 'a/b'],
      priority: [1, -1],
      dnd: [0, 1],
      progress: new Map([['blocks', 'all']]),
      'ratio-limit': new Map<string, string | number>([
        ['ratio-limit', '1.5'],
        ['ratio-mode', 1],
      ]),
    }),
  ],
  run(input) {
    for (const read of [qBittorrentResume, transmissionResume])
      try {
        const { folder, settings, uploaded } = read(input, torrent)
        if (folder === '' || Number.isNaN(uploaded) || (settings.ratio ?? 0) < 0)
          throw new Error('nonsense came out')
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
