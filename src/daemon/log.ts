import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino, stdSerializers } from 'pino'
import type { DaemonConfig } from './config.ts'
import { RotatingFile } from './rotating-file.ts'

export type Log = Logger

export interface OpenLog {
  readonly log: Log
  close(): void
}

/** Opens HOME/log/peerage.log: one JSON object a line, without secrets, begun anew when it has grown too large. */
export function openLog(
  home: string,
  config: Pick<DaemonConfig, 'logLevel' | 'maxLogBytes' | 'keptLogs'>,
): OpenLog {
  const folder = join(home, 'log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = new RotatingFile(join(folder, 'peerage.log'), {
    maxBytes: config.maxLogBytes,
    kept: config.keptLogs,
  })
  const write = (line: string): void => file.write(withoutSecrets(line))
  const log = pino({ level: config.logLevel, serializers: { error: stdSerializers.err } }, { write })
  return { log, close: () => file.close() }
}

/** Links carry their secret in `s=`; tokens and keys are long hexadecimal numbers after a telling name. */
export function withoutSecrets(line: string): string {
  return line
    .replace(/([?&]s=)[A-Za-z0-9_%-]+/g, '$1***')
    .replace(/("(?:token|secret|passphrase|authorization|seed)":\s*)"[^"]*"/gi, '$1"***"')
    .replace(/\b(Bearer\s+|token[.=]|ticket=)[0-9a-f]{16,}/gi, '$1***')
}
