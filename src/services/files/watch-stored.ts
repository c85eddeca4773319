import type { PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { FilesEvent } from './host.ts'

export interface StoredWatcher {
  readonly infoHash: string
  emit(event: FilesEvent): void
  completed(): void
  failed(error: PeerageError): void
  /** A file is not what was verified any more. */
  changed(error: PeerageError): void
}

/** Passes on what happens to content on disk. */
export function watchStored(stored: StoredContent, watcher: StoredWatcher): void {
  const { infoHash } = watcher
  const pathOf = (file: number): string => stored.content.files[file]?.path.join('/') ?? ''
  stored.on('completed', () => watcher.completed())
  stored.on('error', ({ error }) => watcher.failed(error))
  stored.on('file-completed', ({ file }) =>
    watcher.emit({ type: 'file.completed', infoHash, path: pathOf(file) }),
  )
  stored.on('changed', ({ file, error }) => {
    watcher.emit({ type: 'file.changed', infoHash, path: pathOf(file) })
    watcher.changed(error)
  })
  if (!stored.isComplete) void stored.completed.then(() => watcher.completed())
}
