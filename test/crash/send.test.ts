import fs from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { exitCodes } from '../../src/base/index.ts'
import { bytesOf, makeTree, treeOf } from '../peer/trees.ts'
import { newFolder, Program, run } from './program.ts'

const root = newFolder()
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

const MiB = 1_048_576

/** With `--json`: what a command told so far of itself. */
function told(program: Program): { phase: string; code?: string; bytes?: number }[] {
  return program.stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}

const senders: Program[] = []
// One that hears of no end would wait for a day.
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.kill()
})

/** A sender at 2 MiB a second whose receiver is killed in the middle. */
async function sendAndKill(name: string, ...more: string[]): Promise<Sent> {
  const folder = `${root}/${name}`
  const source = makeTree(`${folder}/source/film`, { 'film.bin': bytesOf(1, 6 * MiB) })
  const words = ['send', source, '--via', address, '--json', ...more]
  const sending = new Program(`${folder}/sender`, words, { rate: 2 * MiB })
  senders.push(sending)
  await sending.until(() => told(sending).some(({ phase }) => phase === 'waiting'))
  const code = told(sending).find(({ phase }) => phase === 'waiting')!.code!
  const [home, into] = [`${folder}/receiver`, `${folder}/into`]
  const receiving = new Program(home, ['receive', code, '--via', address, '--yes', '--into', into, '--json'])
  await receiving.until(() =>
    told(receiving).some(({ bytes = 0, phase }) => phase === 'fetching' && bytes > 0),
  )
  await receiving.kill()
  await sending.until(() => told(sending).some(({ phase }) => phase === 'lost'))
  expect(told(sending).at(-1)).toEqual({ phase: 'lost' })
  return { sending, source, home, into }
}

interface Sent {
  readonly sending: Program
  readonly source: string
  /** Of the receiver. */
  readonly home: string
  readonly into: string
}

let point: Program
let address: string
beforeAll(async () => {
  point = new Program(`${root}/point`, ['start', '--json', '--set', 'invites.meetFor=everyone'])
  await point.until(() => point.stdout.includes('"ready":true'))
  const { stdout } = await run(`${root}/point`, 'status', '--json')
  address = JSON.parse(stdout).addresses[0]
})
afterAll(() => point.kill())

it('a sender ends when a receiver that was killed has fetched the rest', async () => {
  const { sending, source, home, into } = await sendAndKill('resumed')
  // It has only the swarm to tell by that it has all.
  expect(await run(home, 'resume', 'film', '--json')).toMatchObject({ code: 0 })
  expect(treeOf(`${into}/film`)).toEqual(treeOf(source))
  expect(await sending.ended).toMatchObject({ code: 0 })
  expect(told(sending).at(-1)).toEqual({ phase: 'received' })
}, 60_000)

it('a sender ends when a receiver that was killed is not back when the time of the code is over', async () => {
  const { sending } = await sendAndKill('gone', '--expires', '15s')
  expect(await sending.ended).toMatchObject({ code: exitCodes.refused })
  expect(told(sending).at(-1)).toEqual({ phase: 'failed' })
}, 60_000)
