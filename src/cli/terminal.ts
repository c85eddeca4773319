import type { Writable } from 'node:stream'
import type { AskOptions } from './ask.ts'

/** Where a command prints to and what it knows of its surroundings. Replaced in tests. */
export interface Terminal {
  readonly stdout: Writable
  readonly stderr: Writable
  /** Whether people look at stdout and stderr. */
  readonly stdoutIsScreen: boolean
  readonly stderrIsScreen: boolean
  /** Whether a person can answer at once. */
  readonly stdinIsKeyboard: boolean
  /** See `ask`. */
  ask(question: string, options?: AskOptions): Promise<string | undefined>
  readonly columns: () => number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdoutIsScreen: process.stdout.isTTY === true,
    stderrIsScreen: process.stderr.isTTY === true,
    stdinIsKeyboard: process.stdin.isTTY === true && process.stderr.isTTY === true,
    ask: async (question, options) => (await import('./ask.ts')).ask(question, options),
    columns: () => process.stderr.columns ?? process.stdout.columns ?? 80,
    environment: process.env,
    workingFolder: process.cwd(),
  }
}

/** Modest colour: a few words stand out, nothing depends on it. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
  cyan(text: string): string
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
}

/** Colours for a stream; none when nobody looks, with NO_COLOR (no-color.org), `TERM=dumb` or `--no-color`. */
export function paintFor(terminal: Terminal, screen: boolean, noColor = false): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = terminal.environment
  const wanted = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' ? true : screen && TERM !== 'dumb'
  const on = wanted && !noColor && (NO_COLOR === undefined || NO_COLOR === '')
  const style =
    ([start, end]: readonly number[]) =>
    (text: string): string =>
      on ? `\u001b[${start}m${text}\u001b[${end}m` : text
  return {
    bold: style(codes.bold),
    dim: style(codes.dim),
    green: style(codes.green),
    yellow: style(codes.yellow),
    red: style(codes.red),
    cyan: style(codes.cyan),
  }
}

/** Writes and waits until a slow reader has room again. */
export function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  if (stream.write(chunk)) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}
