import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A child process whose standard output is read line by line. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** The next line of its output that `accepts` takes. Rejects when the process ends first. */
  line(accepts?: (line: string) => boolean): Promise<string>
  /** Writes a line to its input. */
  say(line: string): void
  /** There is no more input. */
  endInput(): void
  /** Done when it has ended, with what it last wrote to its error output. */
  readonly ended: Promise<string>
  /** Ends it at once. Done when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** How a child process is started; the lab starts them inside a host of its own. */
export type Starter = (command: readonly string[]) => ChildProcess

/** Starts a program on this machine. */
export const startHere: Starter = ([program = '', ...args]) => spawn(program, args, { stdio: 'pipe' })

/** Starts a program and follows its output; what it writes to its error output is kept for the failure message. */
export function follow(command: readonly string[], start: Starter = startHere): Child {
  const process = start(command)
  const { stdin, stdout, stderr } = process
  if (!stdin || !stdout || !stderr) throw new TypeError('the starter must pipe the streams of the process')
  let errors = ''
  stderr.on('data', chunk => {
    errors = (errors + chunk).slice(-4000)
  })
  stdin.on('error', () => {}) // It ended: `line` tells.
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const ended = new Promise<string>(resolve => {
    process.once('close', () => resolve(errors.trim()))
    process.once('error', error => resolve(error.message))
  })
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (process.exitCode !== null || process.signalCode !== null || process.pid === undefined) return
    process.kill(signal)
    const last = setTimeout(() => process.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(last)
  }
  return {
    pid: process.pid ?? 0,
    say: line => void stdin.write(`${line}\n`),
    endInput: () => void stdin.end(),
    line: async (accepts = () => true) => {
      for (;;) {
        const next = await lines.next()
        if (next.done) throw new Error(`${command.join(' ')} ended early: ${await ended}`)
        if (accepts(next.value)) return next.value
      }
    },
    ended,
    kill,
    [Symbol.asyncDispose]: () => kill(),
  }
}
