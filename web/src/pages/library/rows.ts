import type { Answer } from '../../api/client.ts'

export type LibraryFile = Answer<'files.library'>['rows'][number]

export function idOf({ infoHash, index }: LibraryFile): string {
  return `${infoHash}/${index}`
}
