import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { peerageCommand, startPeerage } from '../../bench/peerage-daemon.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`

let root = ''
let source = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peerage-send-'))
  source = join(root, 'film.bin')
  await writeFile(source, randomBytes(3_000_000))
})
afterEach(() => rm(root, { recursive: true, force: true }))

interface Program {
  /** The first line on its standard output. */
  readonly line: Promise<string>
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** The whole program on a host, as a user runs it. */
function run(lab: Lab, host: number, name: string, ...words: string[]): Program {
  const child = lab.run(host, [...peerageCommand, ...words, '--home', join(root, name)])
  const errors = text(child.stderr!)
  let stdout = ''
  const line = Promise.withResolvers<string>()
  line.promise.catch(() => undefined)
  child.stdout!.on('data', chunk => {
    stdout += chunk
    if (stdout.includes('\n')) line.resolve(stdout.split('\n')[0]!)
  })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve)).then(async code => {
    line.reject(new Error(`it ended: ${await errors}`))
    return { code, stdout, stderr: await errors }
  })
  return { line: line.promise, ended }
}

test.skipIf(missing !== undefined)(
  `two programs on one local network that know nothing of each other send and receive${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 2, uplinkMbit: 200, rttMs: 1 })
    const sender = run(lab, 0, 'sender', 'send', source)
    const code = await sender.line
    expect(code).toMatch(/^\d{1,2}-[a-z]+-[a-z]+$/)
    const receiver = await run(
      lab,
      1,
      'receiver',
      'receive',
      ...code.split('-'),
      '--yes',
      '--into',
      `${root}/into`,
    ).ended
    expect(receiver).toMatchObject({ code: 0, stdout: `${root}/into/film.bin\n` })
    expect(receiver.stderr).toContain('who is no contact of yours')
    expect(await readFile(join(root, 'into/film.bin'))).toEqual(await readFile(source))
    expect(await sender.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Received.') })
    // It was good once.
    const again = await run(lab, 1, 'receiver', 'receive', code, '--yes', '--timeout', '3').ended
    expect(again).toMatchObject({ code: 8, stderr: expect.stringContaining('Nobody who can be reached') })
  },
)

test.skipIf(missing !== undefined)(
  `a guesser is stopped after three tries, and the sender told; nobody to ask means no${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 3, uplinkMbit: 200, rttMs: 1 })
    const sender = run(lab, 0, 'sender', 'send', source)
    const [number = ''] = (await sender.line).split('-')
    for (const [host, words] of [
      [1, 'adroitness-aardvark'],
      [2, 'adviser-absurd'],
      [1, 'aftermath-accrue'],
    ] as const)
      expect(
        await run(lab, host, `guesser-${host}`, 'receive', `${number}-${words}`, '--yes').ended,
      ).toMatchObject({
        code: 5,
        stderr: expect.stringContaining('wrong, used, withdrawn or over'),
      })
    const { code, stderr } = await sender.ended
    expect(code).toBe(5)
    expect(stderr).toContain('2 more and it is over')
    expect(stderr).toContain('Three wrong tries')
  },
)

test.skipIf(missing !== undefined)(
  `running peers become contacts by a code, through a peer that both know${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 3, uplinkMbit: 200, rttMs: 1 })
    const start = (host: number, set: Record<string, string | boolean>) =>
      startPeerage(join(root, `home-${host}`), {
        port: 4001,
        start: command => lab.run(host, command),
        set: { 'network.mdns': false, 'invites.name': `host ${host}`, ...set },
      })
    await mkdir(join(root, 'into'))
    await using point = await start(0, { 'invites.meetFor': 'everyone' })
    await using giver = await start(1, {})
    await using taker = await start(2, {})
    const via = [`/ip4/${lab.addressOf(0)}/tcp/4001`]
    const updates = giver.stream('invites.invite', { code: true, via })[Symbol.asyncIterator]()
    const ready = (await updates.next()).value as { code: string }
    const accepted = await taker.call('invites.accept', { invite: [ready.code], via, timeout: 10 })
    expect(accepted).toMatchObject({ phase: 'accepted', kind: 'contact', name: 'host 1' })
    expect((await updates.next()).value).toMatchObject({ phase: 'taken', name: 'host 2', petname: 'host 2' })
    expect(await giver.call('contacts.list')).toMatchObject([{ name: 'host 2' }])
    expect(await taker.call('contacts.list')).toMatchObject([{ name: 'host 1' }])
    expect(await point.call('contacts.list')).toEqual([])
  },
)
