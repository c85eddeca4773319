import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createLab, type Lab, missingForLab } from '../test/lab/lab.ts'
import { follow } from './child.ts'
import { type PeerageDaemon, peerageCommand, startPeerage } from './peerage-daemon.ts'
import type { Figures, Scenario } from './scenario.ts'
import { makeWorkFolder, writeRandomFile } from './test-data.ts'

/** One that waits for a code to be typed hears nothing new before this. */
const settledMs = 1_500
const rttMs = 1
const uplinkMbit = 1_000

/**
 * From typing a code to the first byte: two hosts on one network that know nothing of each other, found by mDNS. `running` receives through
 * a peer that is there already, as when `peerage receive` asks for the code; `alone` is the whole program with the code on its command line.
 */
export const send: Scenario = {
  name: 'send',
  summary: 'from typing a code to the first byte, two hosts on one local network',
  opponents: [],
  async prepare(options) {
    const missing = missingForLab()
    if (missing !== undefined) throw new Error(`this needs the lab: ${missing}`)
    const size = options.size ?? (options.smoke ? 1_000_000 : 64_000_000)
    const work = await makeWorkFolder()
    const source = join(work.path, 'film.bin')
    await writeRandomFile(source, size)
    return {
      systems: ['running', 'alone'],
      async measure(system) {
        await using lab = await createLab({ hosts: 2, uplinkMbit, rttMs })
        await using sender = await startPeerage(await work.folder('sender'), {
          start: command => lab.run(0, command),
        })
        const { code, sent } = await offer(sender, source)
        const [home, into] = [await work.folder('receiver'), await work.folder('into')]
        const figures = await (system === 'running' ? receiveRunning : receiveAlone)({
          lab,
          home,
          into,
          code,
        })
        await sent
        return figures
      },
      goals: medians => [
        {
          what: 'seconds from the code to the first byte, with a running peer',
          value: medians.get('running')?.['first byte s'] ?? Number.NaN,
          limit: 1,
        },
      ],
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

interface Update {
  readonly phase: string
  readonly code?: string
  readonly bytes?: number
}

async function offer(sender: PeerageDaemon, source: string): Promise<{ code: string; sent: Promise<void> }> {
  const updates = sender.stream('invites.send', { paths: [source] })[Symbol.asyncIterator]()
  for (;;) {
    const { value, done } = await updates.next()
    if (done) throw new Error('the sender gave no code')
    const { phase, code } = value as Update
    if (phase === 'waiting') return { code: code ?? '', sent: drain(updates) }
  }
}

async function drain(updates: AsyncIterator<unknown>): Promise<void> {
  for (;;) if ((await updates.next()).done) return
}

interface Receiver {
  readonly lab: Lab
  readonly home: string
  readonly into: string
  readonly code: string
}

async function receiveRunning({ lab, home, into, code }: Receiver): Promise<Figures> {
  await using receiver = await startPeerage(home, { start: command => lab.run(1, command) })
  await pause(settledMs)
  const watch = new Watch()
  for await (const update of receiver.stream('invites.receive', { invite: [code], yes: true, into }))
    watch.see(update as Update)
  return watch.figures()
}

async function receiveAlone({ lab, home, into, code }: Receiver): Promise<Figures> {
  await pause(settledMs)
  const watch = new Watch()
  const words = ['receive', code, '--yes', '--json', '--into', into, '--home', home]
  await using receiver = follow([...peerageCommand, ...words], command => lab.run(1, command))
  for (let phase = ''; phase !== 'received'; ) {
    const update = JSON.parse(await receiver.line()) as Update
    watch.see(update)
    phase = update.phase
  }
  return watch.figures()
}

/** When what was first told of. */
class Watch {
  readonly #began = performance.now()
  readonly #at = new Map<string, number>()

  see({ phase, bytes = 0 }: Update): void {
    const what = phase === 'fetching' && bytes > 0 ? 'first byte' : phase
    if (!this.#at.has(what)) this.#at.set(what, (performance.now() - this.#began) / 1000)
  }

  figures(): Figures {
    const at = (what: string): number => this.#at.get(what) ?? Number.NaN
    return { 'found s': at('offered'), 'first byte s': at('first byte'), seconds: at('received') }
  }
}
