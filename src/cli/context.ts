import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Caller } from '../peer/index.ts'
import type { GlobalOptions } from './arguments.ts'
import type { CommandInfo } from './command-info.ts'
import type { Runtime } from './runtime.ts'
import { type Paint, paintFor, type Terminal, write } from './terminal.ts'

/** What a command needs of the peer: a running daemon, the whole peer, or only what is on disk. */
export type Need = 'daemon' | 'online' | 'offline'

/** A way to call operations, wherever the peer runs. */
export interface Session extends Caller {
  /** True when the peer runs in another process and goes on after this command. */
  readonly remote: boolean
  close(): Promise<void>
}

/** Everything that a command may use. */
export interface CommandContext {
  readonly command: CommandInfo
  readonly input: Readonly<Record<string, unknown>>
  readonly options: GlobalOptions
  readonly terminal: Terminal
  readonly runtime: Runtime
  readonly home: string
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  readonly commands: readonly CommandInfo[]
  /** Colours for stdout and for stderr. */
  readonly paint: Paint
  readonly notePaint: Paint
  /** A result: to stdout. */
  print(text: string): Promise<void>
  /** A result as one line of JSON: to stdout. */
  printJson(value: unknown): Promise<void>
  /** Anything that is not the result: to stderr, and not at all with `--quiet`. */
  note(text: string): void
  open(need: Need): Promise<Session>
}

/** The exit code; success when nothing is returned. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands have nothing to say but success
export type CommandResult = Promise<number | void>

export interface CommandModule {
  run(context: CommandContext): CommandResult
}

/** `--home`, PEERAGE_HOME, or the usual place of the system. */
export function chooseHome(options: GlobalOptions, terminal: Terminal): string {
  const { PEERAGE_HOME, XDG_DATA_HOME, LOCALAPPDATA } = terminal.environment
  const given = options.home ?? PEERAGE_HOME
  if (given !== undefined && given !== '') return resolve(terminal.workingFolder, given)
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Peerage')
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'Peerage')
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'peerage')
}

export interface ContextParts
  extends Pick<
    CommandContext,
    'command' | 'input' | 'options' | 'terminal' | 'runtime' | 'signal' | 'commands' | 'open'
  > {}

export function createContext(parts: ContextParts): CommandContext {
  const { terminal, options } = parts
  return {
    ...parts,
    home: chooseHome(options, terminal),
    paint: paintFor(terminal, terminal.stdoutIsScreen, options.noColor),
    notePaint: paintFor(terminal, terminal.stderrIsScreen, options.noColor),
    print: text => write(terminal.stdout, `${text}\n`),
    printJson: value => write(terminal.stdout, `${JSON.stringify(value)}\n`),
    note: text => {
      if (!options.quiet) terminal.stderr.write(`${text}\n`)
    },
  }
}
