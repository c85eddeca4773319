import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A file that was bundled, or that says how: path from the root of the repository, size in bytes, time of its last change in milliseconds. */
export type Input = readonly [path: string, size: number, time: number]

/** What `dist/program.json` tells of the bundled program. */
export interface BuiltProgram {
  /** Below `dist`. */
  readonly folder: string
  readonly inputs: readonly Input[]
}

/** Undefined when none was built. */
export function readBuilt(root: string): BuiltProgram | undefined {
  try {
    const built = JSON.parse(readFileSync(join(root, 'dist/program.json'), 'utf8'))
    return existsSync(join(root, 'dist', built.folder, 'main.js')) ? built : undefined
  } catch {
    return undefined
  }
}

/** Whether all that it was made of is still as it was. A file that is new is imported by one that changed. */
export function isFresh(root: string, { inputs }: BuiltProgram): boolean {
  return inputs.every(([path, size, time]) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    return stat?.size === size && stat.mtimeMs === time
  })
}

/** What those files are like now. Throws when one of them is not there. */
export function inputsOf(root: string, paths: Iterable<string>): Input[] {
  return Array.from(paths, path => {
    const { size, mtimeMs } = statSync(join(root, path))
    return [path, size, mtimeMs]
  })
}
