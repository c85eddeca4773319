import { PeerageError } from '../../base/index.ts'
import type { Store, StoredContent } from '../../store/index.ts'

/** Looks at complete content again where it is asked for, or else where it was; what is missing there is then to be fetched. */
export async function placeAgain(
  store: Store,
  stored: StoredContent,
  into: string | undefined,
  overwrite: boolean,
): Promise<StoredContent> {
  const old = stored.root.slice(0, stored.root.lastIndexOf('/'))
  try {
    return await store.addDownload(stored.content, { overwrite, into: into ?? old })
  } catch (error) {
    // It is somewhere else, and still there.
    if (!(error instanceof PeerageError) || error.details.path !== stored.root) throw error
    return await store.addDownload(stored.content, { overwrite, into: old || '/' })
  }
}
