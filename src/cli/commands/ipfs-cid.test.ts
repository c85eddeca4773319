import { expect, test } from 'vitest'
import type { CidReport, DescribeUpdate, ProviderRow } from '../../services/ipfs/index.ts'
import { commands } from '../commands.generated.ts'
import type { CommandContext } from '../context.ts'
import { paintFor, type Terminal } from '../terminal.ts'
import { run } from './ipfs-cid.ts'

const cid = 'bafkreic75tvwn76in44nsutynrwws3dzyln4eoo5j2i3izzj245cp62x5e'
const hostile = 'Summer\u001b]0;owned\u0007\u202etxt'
const report: CidReport = {
  phase: 'described',
  cid,
  base36: 'k2cw',
  codec: 'raw',
  hash: 'sha2-256',
  digest: '5fec',
  blocks: 1,
  bytes: 1_500,
  missing: 0,
  isWhole: true,
  kind: 'file',
  size: 1_500,
  contents: [{ infoHash: 'ab'.repeat(32), name: hostile }],
  isPinned: true,
  isPublic: true,
}

/** What is said of that answer, the need with which it was asked, and how it ended. */
async function told(
  words: 'ipfs show' | 'ipfs providers',
  answer: readonly (DescribeUpdate | ProviderRow)[],
  { link = cid, remote = true }: { link?: string; remote?: boolean } = {},
): Promise<{ out: string[]; notes: string[]; need: unknown; code: unknown; isClosed: boolean }> {
  const [out, notes]: [string[], string[]] = [[], []]
  const paint = paintFor({ environment: {} } as Terminal, false)
  let need: unknown
  let isClosed = false
  const context = {
    command: commands.find(one => one.words === words)!,
    input: { link },
    options: { json: false, quiet: true },
    paint,
    notePaint: paint,
    terminal: {},
    signal: new AbortController().signal,
    print: async (text: string) => void out.push(...text.split('\n')),
    note: (text: string) => void notes.push(text),
    open: async (wanted: string) => {
      need = wanted
      const close = async (): Promise<void> => {
        isClosed = true
      }
      return { remote, close, call: () => answer[Symbol.iterator]() }
    },
  }
  const code = await run(context as unknown as CommandContext)
  return { out, notes, need, code, isClosed }
}

test('a CID is told with what of it is here, and names of others are harmless', async () => {
  const counting = { phase: 'counting', blocks: 1, bytes: 2, missing: 0 } as const
  expect(await told('ipfs show', [counting, report])).toEqual({
    out: [
      `CID        ${cid}`,
      'Base 36    k2cw',
      'Codec      raw',
      'Hash       sha2-256 5fec',
      'What       file, 1.50 kB',
      'Here       all of it: 1 block, 1.50 kB',
      'In         Summer?]0;owned??txt',
      'Pinned     yes',
      'For        everybody',
      'Announced  no',
    ],
    notes: [],
    need: 'offline',
    code: undefined,
    isClosed: true,
  })
})

test.each<[string, Partial<CidReport>, readonly string[]]>([
  ['is in version 0, too', { v0: 'Qm1' }, ['Version 0  Qm1']],
  ['was not announced yet', { announcedAt: 0 }, ['Announced  not yet']],
  ['was announced', { announcedAt: 1e12 }, [`Announced  ${new Date(1e12).toLocaleString()}`]],
  [
    'is there in part, for some',
    { missing: 2, isPublic: false },
    ['Here       1 block, 1.50 kB; at least 2 blocks missing', 'For        those whom you allow it'],
  ],
  ['is a folder', { kind: 'directory', size: 0 }, ['What       folder, 0 B']],
  ['is in nothing', { contents: [], isPinned: false }, ['In         no content of yours', 'Pinned     no']],
])('one that %s is told so', async (_what, changes, lines) => {
  expect((await told('ipfs show', [{ ...report, ...changes }])).out).toEqual(
    expect.arrayContaining([...lines]),
  )
})

test('of one that is not here nothing is said that nobody knows', async () => {
  const { kind, size, ...unknown } = report
  const nothing = { ...unknown, blocks: 0, bytes: 0, missing: 1, isWhole: false, contents: [] }
  const { out } = await told('ipfs show', [nothing], { remote: false })
  expect(out.map(line => line.split('  ')[0])).toEqual([
    'CID',
    'Base 36',
    'Codec',
    'Hash',
    'Here',
    'In',
    'Pinned',
  ])
  expect(out).toContain('Here     nothing of it')
})

test.each([
  ['ipns://docs.example', 'online'],
  ['k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r', 'online'],
  [`/ipfs/${cid}`, 'offline'],
])('for %s the peer is %s', async (link, need) => {
  expect((await told('ipfs show', [report], { link })).need).toBe(need)
})

test('who has it is told as they are found, and nobody is an exit code', async () => {
  const row = { peer: hostile, addresses: [`/dns4/${hostile}`], protocols: [], isConnected: true }
  const some = await told('ipfs providers', [
    row,
    { ...row, peer: '12D3', addresses: [], isConnected: false },
  ])
  expect(some).toMatchObject({
    out: ['Summer?]0;owned??txt  connected', '  /dns4/Summer?]0;owned??txt', '12D3'],
    notes: ['2 peers announced it; `peerage get` tries them.'],
    code: 0,
    isClosed: true,
  })
  const none = await told('ipfs providers', [])
  expect([none.code, none.out, none.notes]).toEqual([1, [], [expect.stringContaining('Nobody announces it')]])
})
