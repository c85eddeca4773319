import { useQuery } from '@tanstack/react-query'
import { imageSize } from './image-size.ts'
import { mediaOf } from './media.ts'

/** Larger pictures have none: in bytes, and in pixels, which a small file can have very many of. */
export const maxThumbnailBytes = 16_000_000
const maxPixels = 64_000_000
const width = 320
const atOnce = 3

let running = 0
const waiting: (() => void)[] = []

/** A picture of this peer, small; null when it has none. Only of what is here: nothing is fetched for it. */
export function useThumbnail(
  content: string,
  file: string,
  enabled: boolean,
): ImageBitmap | null | undefined {
  const { data } = useQuery({
    queryKey: ['thumbnail', content, file],
    queryFn: ({ signal }) => inTurn(() => thumbnailOf(content, file, signal)),
    enabled,
    gcTime: 60_000,
    structuralSharing: false,
  })
  return data
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  while (running >= atOnce) await new Promise<void>(resolve => waiting.push(resolve))
  running++
  try {
    return await work()
  } finally {
    running--
    waiting.shift()?.()
  }
}

async function thumbnailOf(content: string, file: string, signal: AbortSignal): Promise<ImageBitmap | null> {
  signal.throwIfAborted()
  const { url, type, totalBytes } = await mediaOf(content, file, signal)
  if (!type?.startsWith('image/') || totalBytes === 0 || totalBytes > maxThumbnailBytes) return null
  const answer = await fetch(url, { headers: { range: `bytes=0-${totalBytes - 1}` }, signal })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const size = imageSize(bytes)
  if (size === undefined || size.width * size.height > maxPixels) return null
  const small = size.width > width ? ({ resizeWidth: width, resizeQuality: 'medium' } as const) : {}
  return createImageBitmap(new Blob([bytes], { type }), small).catch(() => null)
}
