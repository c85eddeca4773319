import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../../base/index.ts'
import { parseCid, readFileBytes, resolvePath, statNode } from '../../../content/index.ts'
import { type BlockSession, type Looking, withPatience } from '../../../ipfs/index.ts'
import type { FilesHost } from '../host.ts'
import type { CatInput } from '../inputs.ts'
import type { ReadHead } from '../read-content.ts'
import { placeInIpfs } from './place-in-ipfs.ts'

/** Leaves that are asked for before they are needed. */
const ahead = 8

/**
 * A stretch of one file behind a CID, as `readContent` gives it; it goes through the cache. Throws `network.no-peers` when nothing has come for
 * `timeout` seconds, and what names and DAGs throw.
 */
export async function* catCid(
  host: FilesHost,
  input: CatInput,
  signal: AbortSignal,
): AsyncGenerator<Looking | ReadHead | Uint8Array> {
  const place = await placeInIpfs(host, { link: input.content }, signal)
  if (host.ipfs === undefined || place?.cid === undefined)
    throw new PeerageError(
      'usage.invalid',
      'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.',
    )
  const root = parseCid(place.cid)
  const path = [...(place.path ?? []), ...(input.file === undefined ? [] : input.file.split('/'))]
  host.denylists.check({ root, path })
  const session = host.ipfs.session(root)
  const patience = {
    world: host.world,
    name: input.content,
    signal,
    session: () => session,
    timeoutMs: input.timeout * 1000,
  }
  try {
    yield* withPatience(patience, stop => bytesAt(session, root, path, input, stop))
  } finally {
    session.close()
  }
}

async function* bytesAt(
  session: BlockSession,
  root: CID,
  path: readonly string[],
  { offset, length }: CatInput,
  signal: AbortSignal,
): AsyncGenerator<ReadHead | Uint8Array> {
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
  yield { totalBytes: size, offset, length: end - offset, name: path.at(-1) ?? root.toString() }
  if (end > offset) yield* readFileBytes(session, cid, { range: { start: offset, end }, signal, ahead })
}
