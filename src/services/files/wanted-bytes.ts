import type { StoredContent } from '../../store/index.ts'

/** Bytes of all files of a content that are not skipped. */
export function wantedBytesOf(stored: StoredContent): number {
  let bytes = 0
  for (const file of stored.content.files) if (stored.priority(file.index) !== 'skip') bytes += file.size
  return bytes
}
