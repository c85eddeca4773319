import { expect, test } from 'vitest'
import { memoryV1Share } from '../../../../test/simulation/memory-content.ts'
import { buildInfo, parseContent } from '../../../content/index.ts'
import { encode } from '../../../wire/index.ts'
import { qBittorrentResume } from './qbittorrent.ts'
import { torrentNumbers } from './torrent-numbers.ts'
import { transmissionResume } from './transmission.ts'

type Entries = Readonly<Record<string, Parameters<typeof encode>[0]>>
const bencoded = (entries: Entries): Uint8Array => encode(new Map(Object.entries(entries)))
const map = (entries: Entries): Map<string, Parameters<typeof encode>[0]> => new Map(Object.entries(entries))
const torrent = new Uint8Array()

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('qBittorrent: what is configured, limited, without end, and what was moved', () => {
  const resume = (entries: Entries) => qBittorrentResume(bencoded({ save_path: '/a', ...entries }), torrent)
  expect(resume({}).settings).toEqual({})
  expect(resume({ 'qBt-ratioLimit': -2000, 'qBt-seedingTimeLimit': -2 }).settings).toEqual({})
  expect(resume({ 'qBt-ratioLimit': -1000, 'qBt-seedingTimeLimit': -1 }).settings).toEqual({
    ratio: 0,
    seedingMinutes: 0,
  })
  expect(
    resume({ 'qBt-ratioLimit': 1500, upload_rate_limit: 5, download_rate_limit: -1, super_seeding: 1 })
      .settings,
  ).toEqual({ ratio: 1.5, uploadBytesPerSecond: 5, superSeeding: true })
  expect(resume({ paused: 1, auto_managed: 1 }).paused).toBe(false)
  expect(resume({ paused: 1, auto_managed: 0 }).paused).toBe(true)
  expect(resume({ 'qBt-stopped': 1, auto_managed: 1 }).paused).toBe(true)
  expect(resume({ pieces: Uint8Array.of(1, 3), finished_time: 1 }).isComplete).toBe(true)
  expect(resume({ pieces: Uint8Array.of(1, 0), finished_time: 0 }).isComplete).toBe(false)
  expect(resume({ added_time: 7, completed_time: -1 })).toMatchObject({
    addedAt: 7000,
    completedAt: undefined,
  })
  expect(resume({ file_priority: [0, 1, 4, 6, 7] }).priorities).toEqual([
    'skip',
    'normal',
    'normal',
    'high',
    'high',
  ])
  expect(codeOf(() => qBittorrentResume(bencoded({}), torrent))).toBe('content.invalid')
  expect(codeOf(() => qBittorrentResume(bencoded({ save_path: '/a' }), undefined))).toBe('content.invalid')
  expect(codeOf(() => qBittorrentResume(Uint8Array.of(1), torrent))).toBe('bencode.invalid')
})

test('qBittorrent: an info dictionary inside the resume data is taken byte for byte', () => {
  const bytes = Buffer.from('d4:infod1:bi1e1:ai2ee9:save_path2:/ae')
  expect(Buffer.from(qBittorrentResume(bytes, undefined).torrent).toString()).toBe('d4:infod1:bi1e1:ai2eee')
})

test.each(['-', '_'])('Transmission, with words joined by %s', sign => {
  const key = (words: string): string => words.replaceAll(' ', sign)
  const resume = (entries: Entries) =>
    transmissionResume(bencoded({ destination: '/a', ...entries }), torrent)
  const ratio = (mode: number): Entries => ({
    [key('ratio limit')]: map({ [key('ratio limit')]: '2.500000', [key('ratio mode')]: mode }),
  })
  expect(resume(ratio(0)).settings).toEqual({})
  expect(resume(ratio(1)).settings).toEqual({ ratio: 2.5 })
  expect(resume(ratio(2)).settings).toEqual({ ratio: 0 })
  const limited = map({ [key('speed Bps')]: 3000, [key('use speed limit')]: 1 })
  expect(resume({ [key('speed limit up')]: limited }).settings).toEqual({ uploadBytesPerSecond: 3000 })
  expect(resume({ priority: [1, 0, -1, 0], dnd: [0, 0, 0, 1] }).priorities).toEqual([
    'high',
    'normal',
    'low',
    'skip',
  ])
  expect(resume({ [key('done date')]: 5 })).toMatchObject({ isComplete: true, completedAt: 5000 })
  expect(resume({ progress: map({ blocks: 'all' }) }).isComplete).toBe(true)
  expect(resume({ progress: map({ blocks: 'none' }), [key('incomplete dir')]: '/b' })).toMatchObject({
    isComplete: false,
    folder: '/b',
  })
  expect(codeOf(() => transmissionResume(bencoded({}), torrent))).toBe('content.invalid')
})

test('padding files are counted as the torrent has them, or as libtorrent imagines them', () => {
  const bytes = (size: number): Uint8Array => new Uint8Array(size)
  const { content } = memoryV1Share(
    [
      { name: 'a', bytes: bytes(10), pad: 16_374 },
      { name: 'b', bytes: bytes(10), pad: 0 },
    ],
    16_384,
  )
  // The padding of a file stands in front of it here.
  expect(torrentNumbers(content)).toEqual([1, 2])
  const root = new Uint8Array(32).fill(1)
  const files = [
    { path: ['a'], size: 16_384, piecesRoot: root },
    { path: ['b'], size: 5, piecesRoot: root },
    { path: ['c'], size: 5, piecesRoot: root },
  ]
  const info = buildInfo({ name: 'x', pieceLength: 16_384, files })
  expect(torrentNumbers(parseContent(info, { infoHash: root }))).toEqual([0, 1, 3])
})
