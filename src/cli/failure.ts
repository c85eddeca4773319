import type { ErrorKind } from '../base/index.ts'
import { UsageProblem } from './arguments.ts'
import { type Paint, type Terminal, write } from './terminal.ts'
import { safeText } from './text.ts'

/** Thrown into everything that runs when the user ends it. */
export class Interrupted extends Error {
  override readonly name: string = 'Interrupted'
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super('Stopped.')
    this.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]
  }
}

interface Told {
  readonly code: string
  readonly kind: ErrorKind
  readonly message: string
  readonly remedy: string
  readonly details: Readonly<Record<string, unknown>>
}

interface FailureOptions {
  readonly terminal: Terminal
  readonly paint: Paint
  readonly json: boolean
}

/** Tells one line about what happened and one about what to do, and gives the exit code. Never a stack trace. */
export async function tellFailure(
  error: unknown,
  { terminal, paint, json }: FailureOptions,
): Promise<number> {
  if (error instanceof Interrupted) return error.exitCode
  const { told, exitCode } = await describe(error)
  if (json) await write(terminal.stderr, `${JSON.stringify({ error: told })}\n`)
  else
    await write(
      terminal.stderr,
      `${paint.red('Error:')} ${safeText(told.message)}\n${told.remedy === '' ? '' : `${paint.dim('→')} ${safeText(told.remedy)}\n`}`,
    )
  if (terminal.environment.PEERAGE_DEBUG) await write(terminal.stderr, `${stackOf(error)}\n`)
  return exitCode
}

async function describe(error: unknown): Promise<{ told: Told; exitCode: number }> {
  const { exitCodes, PeerageError } = await import('../base/index.ts')
  const told =
    error instanceof PeerageError ? error.toJSON() : foreign(error, new PeerageError('internal.bug').toJSON())
  return { told, exitCode: exitCodes[told.kind] }
}

function foreign(error: unknown, bug: Told): Told {
  if (error instanceof UsageProblem) {
    const remedy = `See \`peerage ${error.command === undefined ? '' : `${error.command} `}--help\`.`
    return { code: 'usage.invalid', kind: 'usage', message: error.message, remedy, details: {} }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { ...bug, message: `${bug.message} (${message.split('\n')[0]})` }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`}`
}
