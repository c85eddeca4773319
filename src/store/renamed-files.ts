import { PeerageError, z } from '../base/index.ts'
import { safePaths } from './safe-path.ts'

/** Under which its `state` keeps the paths of files that are called otherwise than their content says. */
export const renamedKind = 'store.renamed'

const schema: z.ZodType<Record<string, string>> = z.record(z.string(), z.string().max(4096))

/** The paths below the base, by file; undefined where all is as the content says. */
export function renamedFiles(text: string | undefined): ReadonlyMap<number, string> | undefined {
  const parsed = text === undefined ? undefined : schema.safeParse(JSON.parse(text))
  if (parsed?.success !== true) return undefined
  return new Map(Object.entries(parsed.data).map(([file, path]) => [Number(file), path]))
}

/** Throws `path.unsafe` for paths that would not come out of `safePaths` as they went in. */
export function checkRenamed(paths: Iterable<string>): void {
  const all = [...paths]
  const safe = safePaths(
    all.map(path => path.split('/')),
    { exact: true },
  )
  const wrong = all.find((path, i) => safe.paths[i] !== path)
  if (wrong !== undefined)
    throw new PeerageError('path.unsafe', `The path ${JSON.stringify(wrong)} cannot be used here.`)
}
