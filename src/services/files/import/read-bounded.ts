import { PeerageError } from '../../../base/index.ts'
import { openRegular } from '../../../store/index.ts'

/** No resume data or `.torrent` file of another program is longer, in bytes. */
const maxBytes = 128 * 1024 * 1024

/** Of bencoded resume data: a number a file, a few bytes a piece. */
export const resumeLimits: {
  readonly maxBytes: number
  readonly maxItems: number
  readonly lenient: boolean
} = { maxBytes, maxItems: 4_000_000, lenient: true }

/** Throws `store.source-unreadable`. */
export async function readBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await openRegular(path)
    const { size } = await file.stat()
    if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    return new Uint8Array(await file.readFile())
  } catch (cause) {
    if (cause instanceof PeerageError) throw cause
    throw new PeerageError('store.source-unreadable', `${path} cannot be read.`, { cause })
  }
}
