import { bySteps } from './by-steps.ts'
import type { FileTable } from './file-table.ts'
import type { StoreHost } from './host.ts'
import { safePathsBySteps } from './safe-path.ts'
import type { FolderPath } from './scan-folder.ts'

/** Where folders of a content stand that no file is in, by the same function that places the files: beside those they take a name that is free. */
export async function foldersAt(
  { content, exact, target }: Pick<FileTable, 'content' | 'exact' | 'target'>,
  folders: readonly FolderPath[],
): Promise<readonly string[]> {
  if (content.singleFile || folders.length === 0) return []
  const names = [...content.files.map(({ path }) => path), ...folders]
  const { paths } = await bySteps(safePathsBySteps(names, { exact }))
  return paths.slice(content.files.length).map(path => `${target}/${path}`)
}

/** Makes them where that can be: nothing of the content is missing for one that cannot. Throws `path.unsafe`. */
export async function placeFolders(
  { pool }: Pick<StoreHost, 'pool'>,
  table: FileTable,
  folders: readonly FolderPath[],
): Promise<void> {
  const paths = await foldersAt(table, folders)
  if (paths.length === 0) return
  await pool.run({ op: 'place', base: table.base, overwrite: false, empty: [], links: [], folders: paths })
}
