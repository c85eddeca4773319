import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { TransferSnapshot } from '../../src/services/files/index.ts'

const bin = fileURLToPath(new URL('../../bin/peerage.js', import.meta.url))

/** Loopback only, ports that are free, and an index that is brought up to date often. */
const alone = ['--api-port', '0', '--set', 'network.mdns=false', '--set', 'network.hosts=127.0.0.1']
const eager = ['--set', 'store.checkpointMs=100']

export interface Ended {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** The program as a user runs it: a process of its own on a home of its own. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  readonly #listeners = new Set<() => void>()

  constructor(
    home: string,
    words: readonly string[],
    more: { rate?: number; user?: number; port?: number } = {},
  ) {
    const rate = more.rate === undefined ? [] : ['--set', `files.uploadBytesPerSecond=${more.rate}`]
    const args = [
      bin,
      ...words,
      '--home',
      home,
      '--port',
      String(more.port ?? 0),
      ...alone,
      ...eager,
      ...rate,
    ]
    this.child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      ...(more.user !== undefined && { uid: more.user, gid: more.user }),
    })
    const kill = (): void => void this.child.kill('SIGKILL')
    process.once('exit', kill)
    this.child.once('close', () => process.off('exit', kill))
    this.child.stdout!.on('data', chunk => {
      this.stdout += chunk
      for (const listener of [...this.#listeners]) listener()
    })
    this.child.stderr!.on('data', chunk => {
      this.stderr += chunk
    })
    this.ended = new Promise(resolve =>
      this.child.once('close', code => {
        for (const listener of [...this.#listeners]) listener()
        resolve({ code: code ?? undefined, stdout: this.stdout, stderr: this.stderr })
      }),
    )
  }

  /** With `--json`: what was told so far. A line that was cut off by a kill is left out. */
  get lines(): TransferSnapshot[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as TransferSnapshot)
  }

  /** Resolves when `holds`, or when the program ended. */
  until(holds: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const look = (): void => {
        if (!holds() && this.child.exitCode === null && this.child.signalCode === null) return
        this.#listeners.delete(look)
        resolve()
      }
      this.#listeners.add(look)
      look()
    })
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal)
    return await this.ended
  }
}

/** Runs it to its end. */
export function run(home: string, ...words: string[]): Promise<Ended> {
  return new Program(home, words).ended
}

/** A daemon that is ready. */
export async function startDaemon(
  home: string,
  rate?: number,
  words: readonly string[] = [],
): Promise<Program> {
  const daemon = new Program(home, ['start', '--json', ...words], rate === undefined ? {} : { rate })
  await daemon.until(() => daemon.stdout.includes('"ready":true'))
  if (!daemon.stdout.includes('"ready":true')) throw new Error(`no daemon: ${daemon.stderr}`)
  return daemon
}

/** A new folder in memory where the system has such a place. */
export function newFolder(): string {
  const base = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  return fs.realpathSync(fs.mkdtempSync(`${base}/peerage-e2e-`))
}
