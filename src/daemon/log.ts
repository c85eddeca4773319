import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino, stdSerializers } from 'pino'
import type { DaemonConfig } from './config.ts'
import { LogRing } from './log-ring.ts'
import { lastLines, RotatingFile } from './rotating-file.ts'

export type Log = Logger

/** Of the file that an earlier start wrote, so much is read again. */
const maxRememberedBytes = 512 * 1024

export interface OpenLog {
  readonly log: Log
  /** The last entries, those before this start too. */
  readonly ring: LogRing
  close(): void
}

/** Opens HOME/log/peerage.log: one JSON object a line, without secrets, begun anew when it has grown too large. */
export function openLog(
  home: string,
  config: Pick<DaemonConfig, 'logLevel' | 'maxLogBytes' | 'keptLogs' | 'shownLogEntries'>,
): OpenLog {
  const folder = join(home, 'log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'peerage.log')
  const ring = new LogRing(config.shownLogEntries)
  for (const line of lastLines(path, maxRememberedBytes)) ring.push(line)
  const file = new RotatingFile(path, {
    maxBytes: config.maxLogBytes,
    kept: config.keptLogs,
  })
  const write = (line: string): void => {
    const safe = withoutSecrets(line)
    file.write(safe)
    ring.push(safe)
  }
  const log = pino({ level: config.logLevel, serializers: { error: stdSerializers.err } }, { write })
  return { log, ring, close: () => file.close() }
}

/** Links carry their secret in `s=`, media their ticket; tokens and keys are long hexadecimal numbers after a telling name. */
export function withoutSecrets(line: string): string {
  return line
    .replace(/([?&]s=)[A-Za-z0-9_%-]+/g, '$1***')
    .replace(/(\/media\/)[A-Za-z0-9_-]{16,}/g, '$1***')
    .replace(
      /(\\?"(?:token|secret|password|passphrase|phrase|privateKey|authorization|seed)\\?":\s*\\?")[^"\\]*/gi,
      '$1***',
    )
    .replace(/\b(Bearer\s+|token[.=]|ticket=)[0-9a-f]{16,}/gi, '$1***')
}
