import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const programs = new Map<string, string>()

/** Compiles a program of this folder, once a process, and answers its path. */
export function build(name: 'switch' | 'nat'): string {
  let program = programs.get(name)
  if (program === undefined) {
    const folder = mkdtempSync(join(tmpdir(), `peerage-${name}-`))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    program = join(folder, name)
    const source = join(import.meta.dirname, `${name}.c`)
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
    programs.set(name, program)
  }
  return program
}
