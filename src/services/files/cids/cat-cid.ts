import { PeerageError } from '../../../base/index.ts'
import { parseCid, readFileBytes, resolvePath, statNode } from '../../../content/index.ts'
import type { FilesHost } from '../host.ts'
import type { CatInput } from '../inputs.ts'
import type { ReadHead } from '../read-content.ts'
import { placeInIpfs } from './place-in-ipfs.ts'

/** Leaves that are asked for before they are needed. */
const ahead = 8

/** A stretch of one file behind a CID, as `readContent` gives it; it goes through the cache. Throws what names and DAGs throw. */
export async function* catCid(
  host: FilesHost,
  { content, file, offset, length }: CatInput,
  signal: AbortSignal,
): AsyncGenerator<ReadHead | Uint8Array> {
  const place = await placeInIpfs(host, { link: content }, signal)
  if (host.ipfs === undefined || place?.cid === undefined)
    throw new PeerageError(
      'usage.invalid',
      'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.',
    )
  const root = parseCid(place.cid)
  const session = host.ipfs.session(root)
  try {
    const path = [...(place.path ?? []), ...(file === undefined ? [] : file.split('/'))]
    const { cid, rest } = await resolvePath(session, root, path, { signal })
    const { kind, size } = await statNode(session, cid, { signal })
    if (kind !== 'file' || rest.length > 0)
      throw new PeerageError(
        'content.no-such-file',
        'There is a folder or something else, and no file; `peerage ls` lists it.',
      )
    if (offset > size)
      throw new PeerageError('usage.invalid', `The file has only ${size} bytes; ${offset} is behind its end.`)
    const end = Math.min(size, offset + (length ?? size))
    yield { totalBytes: size, offset, length: end - offset, name: path.at(-1) ?? place.cid }
    if (end > offset) yield* readFileBytes(session, cid, { range: { start: offset, end }, signal, ahead })
  } finally {
    session.close()
  }
}
