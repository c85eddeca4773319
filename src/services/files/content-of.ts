import { type Content, nameContent } from '../../content/index.ts'
import type { Store } from '../../store/index.ts'

/** What `contentOf` found: content, or the SHA-256 by which content that we knew by its SHA-1 is really named. */
export type FoundContent =
  | { readonly content: Content; readonly becomes?: undefined }
  | { readonly content?: undefined; readonly becomes: Uint8Array }

/**
 * The content of an info dictionary that was asked for by `infoHash`: SHA-256 (32 bytes) or SHA-1 (20 bytes). Hybrid content is
 * always named by its SHA-256. Throws `content.invalid`.
 */
export async function contentOf(store: Store, info: Uint8Array, infoHash: Uint8Array): Promise<FoundContent> {
  const parsed = await store.readContent(info)
  const { version } = parsed
  if (infoHash.length === 20)
    return version === 'v1'
      ? { content: nameContent(parsed, { infoHashV1: infoHash }) }
      : { becomes: await store.hash(info) }
  if (version !== 'hybrid') return { content: nameContent(parsed, { infoHash }) }
  return { content: nameContent(parsed, { infoHash, infoHashV1: await store.hash(info, 'sha1') }) }
}
