import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const source = join(import.meta.dirname, 'switch.c')
let program: string | undefined

/** Compiles the switch, once a process, and answers the path of the program. */
export function buildSwitch(): string {
  if (program === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'peerage-switch-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    program = join(folder, 'switch')
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
  }
  return program
}
