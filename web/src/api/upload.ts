import { type CallOptions, post } from './client.ts'
import { ApiError, type ToldError } from './errors.ts'
import { currentToken } from './token.ts'

/** Files that a person chose in the browser. */
export interface Picked {
  readonly name: string
  /** A folder around them. */
  readonly folder: boolean
  /** Paths below that folder, names with `/` between them. */
  readonly files: readonly { readonly path: string; readonly file: File }[]
}

export interface UploadOptions extends CallOptions {
  /** `open`: a `.torrent` or `.car` that is only to be looked at. */
  readonly purpose?: 'share' | 'open'
  readonly onProgress?: (bytes: number, totalBytes: number) => void
}

export interface Uploaded {
  /** On the machine that the peer runs on. */
  readonly path: string
  /** Deletes what came to be opened only. */
  discard(): Promise<void>
}

export function sizeOf({ files }: Picked): number {
  return files.reduce((sum, { file }) => sum + file.size, 0)
}

/** Hands files to the daemon, where they appear when all of them are whole. Cancelled or failed, nothing is left of them. */
export async function upload(picked: Picked, options: UploadOptions = {}): Promise<Uploaded> {
  const { purpose = 'share', signal, onProgress } = options
  const files = picked.files.map(({ path, file }) => ({ path, size: file.size }))
  const plan = { name: picked.name, folder: picked.folder, files, purpose }
  const begun = await post('/api/upload', JSON.stringify(plan), options)
  const { upload: id } = (await begun.json()) as { upload: string }
  const discard = async (): Promise<void> => void (await post(`/api/upload/${id}/cancel`, '{}'))
  try {
    const totalBytes = sizeOf(picked)
    let before = 0
    for (const [index, { file }] of picked.files.entries()) {
      await sendFile(`/api/upload/${id}/${index}`, file, signal, bytes =>
        onProgress?.(before + bytes, totalBytes),
      )
      before += file.size
      onProgress?.(before, totalBytes)
    }
    const done = await post(`/api/upload/${id}/finish`, '{}', options)
    return { path: ((await done.json()) as { path: string }).path, discard }
  } catch (error) {
    await discard().catch(() => undefined)
    throw error
  }
}

/** `fetch` does not tell how much of a body has gone. */
function sendFile(
  path: string,
  file: File,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.setRequestHeader('authorization', `Bearer ${currentToken() ?? ''}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.addEventListener('progress', ({ loaded }) => onBytes(loaded))
    request.addEventListener('load', () =>
      request.status === 200 ? resolve() : reject(new ApiError(toldIn(request.responseText))),
    )
    request.addEventListener('error', () => reject(new ApiError({ code: 'daemon.unreachable' })))
    request.addEventListener('abort', () => reject(signal?.reason))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    if (signal?.aborted) reject(signal.reason)
    else request.send(file)
  })
}

function toldIn(text: string): ToldError {
  try {
    return (JSON.parse(text) as { error?: ToldError }).error ?? {}
  } catch {
    return {}
  }
}
