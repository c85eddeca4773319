import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** DHT nodes of libtorrent in a process of their own (see `libtorrent-nodes.py`). */
export class LibtorrentNodes {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>

  constructor(addresses: readonly string[]) {
    const script = join(import.meta.dirname, 'libtorrent-nodes.py')
    this.#child = spawn('/usr/bin/python3', [script, ...addresses], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface(this.#child.stdout)
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** Runs one command; throws what failed there. */
  async run<T>(verb: string, more: object = {}): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify({ verb, ...more })}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error('libtorrent ended: is python3-libtorrent installed?')
    const answer = JSON.parse(value)
    if ('failed' in answer) throw new Error(`libtorrent failed: ${answer.failed}`)
    return answer
  }

  async close(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
    this.#lines.close()
  }
}
