import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { destination, type Logger, pino, stdSerializers } from 'pino'
import type { DaemonConfig } from './config.ts'

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
  const path = join(folder, 'peerage.log')
  const file = destination({ dest: path, mode: 0o600, sync: false, minLength: 0 })
  let bytes = sizeOf(path)
  const write = (line: string): void => {
    const text = withoutSecrets(line)
    bytes += text.length
    if (bytes > config.maxLogBytes) {
      bytes = text.length
      file.flushSync()
      shiftFiles(path, config.keptLogs)
      file.reopen(path)
    }
    file.write(text)
  }
  // A full disk must not end the peer because it cannot tell about it.
  file.on('error', () => undefined)
  const log = pino({ level: config.logLevel, serializers: { error: stdSerializers.err } }, { write })
  return { log, close: () => endFile(file) }
}

function endFile(file: ReturnType<typeof destination>): void {
  try {
    file.flushSync()
  } catch {
    // Not open yet or the disk is full: nothing that could still be done.
  }
  file.end()
}

/** Links carry their secret in `s=`; tokens and keys are long hexadecimal numbers after a telling name. */
export function withoutSecrets(line: string): string {
  return line
    .replace(/([?&]s=)[A-Za-z0-9_%-]+/g, '$1***')
    .replace(/("(?:token|secret|passphrase|authorization|seed)":\s*)"[^"]*"/gi, '$1"***"')
    .replace(/\b(Bearer\s+|token[.=])[0-9a-f]{16,}/gi, '$1***')
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

/** `peerage.log` becomes `peerage.log.1`, that one `.2`, and so on; the last is removed. */
function shiftFiles(path: string, kept: number): void {
  try {
    rmSync(`${path}.${kept}`, { force: true })
    for (let i = kept - 1; i >= 1; i--)
      if (sizeOf(`${path}.${i}`) > 0) renameSync(`${path}.${i}`, `${path}.${i + 1}`)
    if (kept > 0) renameSync(path, `${path}.1`)
    else rmSync(path, { force: true })
  } catch {
    // The log goes on in the file it has.
  }
}
