import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from './commands/names.ts'
import { commands } from './commands.generated.ts'
import type { CommandContext } from './context.ts'

const now = 1_800_000_000_000
beforeEach(() => void vi.setSystemTime(now))
afterEach(() => void vi.useRealTimers())

const name = 'k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r'
const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
const infoHash = 'ab'.repeat(32)

/** What a command says when a peer answers that: results, and what goes beside them. */
async function said(words: string, answer: unknown, json = false): Promise<string> {
  const lines: string[] = []
  const context = {
    command: commands.find(one => one.words === words)!,
    input: {},
    options: { json },
    signal: new AbortController().signal,
    paint: { dim: (text: string) => text },
    print: async (text: string) => void lines.push(text),
    printJson: async (value: unknown) => void lines.push(JSON.stringify(value)),
    note: (text: string) => void lines.push(`  ${text}`),
    open: async () => ({ remote: true, call: async () => answer, close: async () => undefined }),
  }
  await run(context as unknown as CommandContext)
  return `\n${lines.join('\n')}\n`
}

const published = {
  name,
  sequence: '3',
  validUntil: now + 48 * 3_600_000,
  path,
  infoHash,
  title: 'Summer',
  peers: 20,
  servers: 1,
  nodes: 8,
}
const resolved = { names: [name, 'docs.example'], sequence: '3', validUntil: now + 3_600_000, path }

test('a name that was published: where it points, who keeps it, for how long', async () => {
  expect(await said('name publish', published)).toMatchSnapshot()
  const alone = { ...published, peers: 0, servers: 0, nodes: 1, path: undefined, title: undefined }
  expect(await said('name publish', alone)).toMatchSnapshot()
})

test('a name that was resolved: one line that other commands take, the rest beside it', async () => {
  expect(await said('name resolve', { ...resolved, infoHash, title: 'Summer' })).toMatchSnapshot()
  expect(
    await said('name resolve', { ...resolved, names: [name], path: undefined, infoHash }),
  ).toMatchSnapshot()
  expect(await said('name resolve', resolved, true)).toBe(`\n${JSON.stringify(resolved)}\n`)
})

test('names and keys: a table, and what to do when there is nothing', async () => {
  const row = { key: 'blog', name, sequence: '1', validUntil: now, path, title: 'Site' }
  expect(await said('name list', [{ key: 'self', name }, row, { key: 'old' }])).toMatchSnapshot()
  expect(await said('name list', [{ key: 'self', name }])).toMatchSnapshot()
  expect(await said('name key list', [{ key: 'self', name }, { key: 'old' }])).toMatchSnapshot()
  expect(await said('name key create', { key: 'blog', name })).toMatchSnapshot()
  expect(await said('name key remove', { key: 'blog', name })).toMatchSnapshot()
})

test('what others wrote moves no cursor', async () => {
  const evil = {
    ...resolved,
    path: `${path}/\u001b[2J`,
    names: [name, '\u001b]0;x\u0007'],
    title: '\u202egpj',
  }
  const text = await said('name resolve', evil)
  for (const one of ['\u001b', '\u0007', '\u202e']) expect(text).not.toContain(one)
})
