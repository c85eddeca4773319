import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { post } from './client.ts'
import type { ApiError } from './errors.ts'

export interface Media {
  /** For `src` of media elements and for links; it carries its own key. With `?save` behind it, it is saved instead of shown. */
  readonly url: string
  /** `null` for what a browser must not show. */
  readonly type: string | null
  readonly totalBytes: number
  readonly name: string
}

/** A URL of one file of a content, good until the daemon ends; what is not here yet is fetched as it is read. */
export async function mediaOf(content: string, file?: string, signal?: AbortSignal): Promise<Media> {
  const answer = await post('/api/media', JSON.stringify({ content, file }), signal ? { signal } : {})
  return (await answer.json()) as Media
}

/** The same for a component; asked for again when the daemon was started anew. */
export function useMedia(content: string, file?: string): UseQueryResult<Media, ApiError> {
  return useQuery({
    queryKey: ['media', content, file],
    queryFn: ({ signal }) => mediaOf(content, file, signal),
  })
}
