import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll } from 'vitest'

const bin = join(import.meta.dirname, '../../bin/peerage.js')

interface Running {
  readonly url: string
  readonly token: string
  /** At once, as when the power goes. */
  kill(): Promise<void>
}

interface Program {
  /** Starts it on the one home of the file; port 0 takes any free one. */
  start(apiPort: number): Promise<Running>
}

/** The program as a user runs it, in a process that can be killed, with a home for the tests of a file. */
export function runningProgram(): Program {
  const children = new Set<ChildProcess>()
  let home = ''
  beforeAll(() => {
    home = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-program-')))
  })
  afterAll(async () => {
    for (const child of children) await end(child)
    fs.rmSync(home, { recursive: true, force: true })
  })
  const end = async (child: ChildProcess): Promise<void> => {
    children.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    async start(apiPort) {
      const values = ['network.hosts=127.0.0.1', `daemon.apiPort=${apiPort}`, 'preset=circle']
      const words = ['start', '--json', '--home', home, ...values.flatMap(value => ['--set', value])]
      const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
      children.add(child)
      for await (const line of createInterface({ input: child.stdout })) {
        const { ready, url } = JSON.parse(line) as { ready?: boolean; url: string }
        if (!ready) continue
        const token = fs.readFileSync(join(home, 'api.token'), 'utf8').trim()
        return { url, token, kill: () => end(child) }
      }
      throw new Error('The daemon ended before it was ready.')
    },
  }
}
