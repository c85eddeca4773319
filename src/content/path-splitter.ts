/** Splits paths at `/`. Those of one folder that follow one another share the names of their folders, which are kept once. */
export function pathSplitter(): (path: string) => readonly string[] {
  let before: readonly string[] = []
  let folder = ''
  return path => {
    const nameAt = path.lastIndexOf('/') + 1
    if (nameAt !== folder.length || !path.startsWith(folder)) {
      folder = path.slice(0, nameAt)
      before = path.split('/').slice(0, -1)
    }
    return [...before, path.slice(nameAt)]
  }
}
