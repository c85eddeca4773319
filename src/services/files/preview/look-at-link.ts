import { PeerageError, toHex, type World } from '../../../base/index.ts'
import { type Content, formatLink, type Link, parseCid, resolvePath } from '../../../content/index.ts'
import type { BlockSession } from '../../../ipfs/index.ts'
import { bySteps, contentToBe } from '../../../store/index.ts'
import { findSource } from '../browse/named-share.ts'
import { cidRecordId } from '../cids/cid-record.ts'
import { listTree } from '../cids/cid-tree.ts'
import { placeInIpfs } from '../cids/place-in-ipfs.ts'
import { contentOf } from '../content-of.ts'
import { nextChange } from '../follow.ts'
import type { FilesHost } from '../host.ts'
import type { Source } from '../source.ts'
import type { Transfer } from '../transfer.ts'
import type { Transfers } from '../transfers.ts'
import { updatesOf } from '../updates.ts'
import { ipfsLink, type PreviewFacts, type PreviewInput, type PreviewUpdate, previewOf } from './preview.ts'

/** How often it is told whom is asked, in milliseconds. */
const tellMs = 500

/**
 * Says what a link, a `.torrent` file or the share of a contact is. Of what is not on this machine only names and sizes are fetched, which `get`
 * then need not fetch again.
 *
 * @throws PeerageError as `get` does
 */
export async function* lookAtLink(
  host: FilesHost,
  transfers: Transfers,
  input: PreviewInput,
  signal: AbortSignal,
): AsyncGenerator<PreviewUpdate> {
  const stop = withTimeout(host.world, input.timeout, signal)
  try {
    const place = await placeInIpfs(host, input, stop.signal)
    if (place !== undefined) return yield* lookAtCid(host, transfers, place, input, stop.signal)
    yield* lookAtSource(host, transfers, input, stop.signal)
  } finally {
    stop.cancel()
  }
}

async function* lookAtSource(
  host: FilesHost,
  transfers: Transfers,
  input: PreviewInput,
  signal: AbortSignal,
): AsyncGenerator<PreviewUpdate> {
  const { source, named } = await findSource(host, input, signal)
  const facts: PreviewFacts = {
    kind: source.link.kind === 'peerage' ? 'private' : 'bittorrent',
    // A file is named by its path still.
    link: named === undefined ? input.link : formatLink(source.link),
    id: toHex(source.infoHash),
    trackers: source.trackers.flat().length,
    ...(named && { from: named.person.name }),
  }
  const known = transfers.knownBy(source)
  if (known !== undefined) return yield* lookAtKnown(host, known, input, facts, signal)
  const info =
    source.torrent?.info ?? transfers.metadata.get(facts.id) ?? (yield* ask(host, transfers, source, signal))
  const content = await contentBehind(host, info, source.infoHash)
  yield await previewOf(host, content, input, { ...facts, id: toHex(content.infoHash) })
}

/** What goes by its SHA-1 in the link may go by its SHA-256 here. */
async function contentBehind(host: FilesHost, info: Uint8Array, infoHash: Uint8Array): Promise<Content> {
  const found = await contentOf(host.store, info, infoHash)
  return found.content ?? (await contentBehind(host, info, found.becomes))
}

async function* ask(
  { world }: FilesHost,
  { metadata }: Transfers,
  source: Source,
  signal: AbortSignal,
): AsyncGenerator<PreviewUpdate, Uint8Array> {
  const name = source.link.name ?? ''
  return yield* updatesOf<PreviewUpdate, Uint8Array>(tell => {
    let asking: Transfer | undefined
    const tellMore = (): void => tell({ phase: 'finding', name, peers: asking?.swarm?.peerCount ?? 0 })
    tellMore()
    const timer = world.every(tellMs, tellMore)
    const began = (transfer: Transfer): void => {
      asking = transfer
    }
    return metadata.ask(source, signal, began).finally(() => timer.cancel())
  })
}

/** It is here already or on its way: then its files are known, or will be. */
async function* lookAtKnown(
  host: FilesHost,
  transfer: Transfer,
  input: PreviewInput,
  facts: PreviewFacts,
  signal: AbortSignal,
): AsyncGenerator<PreviewUpdate> {
  while (transfer.stored === undefined) {
    signal.throwIfAborted()
    if (transfer.failure !== undefined) throw transfer.failure
    yield { phase: 'finding', name: transfer.record.name, peers: transfer.swarm?.peerCount ?? 0 }
    await nextChange(host.world, transfer, signal)
  }
  const { stored, state, id } = transfer
  const known = { infoHash: id, state, path: stored.root }
  yield await previewOf(host, stored.content, input, { ...facts, id, known })
}

async function* lookAtCid(
  host: FilesHost,
  transfers: Transfers,
  place: Link,
  input: PreviewInput,
  signal: AbortSignal,
): AsyncGenerator<PreviewUpdate> {
  const { cid = '', path = [] } = place
  const facts: PreviewFacts = {
    kind: 'ipfs',
    link: ipfsLink(cid, path),
    id: cidRecordId({ cid, path }),
    trackers: 0,
  }
  const known = path.length === 0 ? [...transfers].find(({ record }) => record.ipfs?.cid === cid) : undefined
  if (known !== undefined) return yield* lookAtKnown(host, known, input, facts, signal)
  if (host.ipfs === undefined)
    throw new PeerageError(
      'usage.invalid',
      'IPFS is off here: `peerage config set ipfs.enabled true`, and start again.',
    )
  const session = host.ipfs.session(parseCid(cid))
  try {
    const name = path.at(-1) ?? cid
    const content = yield* updatesOf<PreviewUpdate, Content>(tell => {
      const tellMore = (): void => tell({ phase: 'finding', name, peers: session.sources().length })
      tellMore()
      const timer = host.world.every(tellMs, tellMore)
      return treeBehind(session, place, name, { signal, maxEntries: host.config.maxTreeEntries }).finally(
        () => timer.cancel(),
      )
    })
    yield await previewOf(host, content, input, facts)
  } finally {
    session.close()
  }
}

async function treeBehind(
  session: BlockSession,
  place: Link,
  name: string,
  options: { readonly signal: AbortSignal; readonly maxEntries: number },
): Promise<Content> {
  const { cid, rest } = await resolvePath(session, parseCid(place.cid!), place.path ?? [], options)
  if (rest.length > 0)
    throw new PeerageError('dag.unsupported', `${place.path?.join('/')} is neither a file nor a folder.`)
  const { files, singleFile } = await listTree(session, cid, name, options)
  return await bySteps(contentToBe(name, files, singleFile))
}

/** Ends with the caller, after some seconds, or when nobody reads any more. */
function withTimeout(
  world: World,
  timeoutS: number | undefined,
  signal: AbortSignal,
): { readonly signal: AbortSignal; cancel(): void } {
  const over = new AbortController()
  const late = (): void =>
    over.abort(new PeerageError('network.no-peers', `Nobody told what it is within ${timeoutS} seconds.`))
  const timer = timeoutS === undefined ? undefined : world.after(timeoutS * 1000, late)
  return {
    signal: AbortSignal.any([signal, over.signal]),
    cancel() {
      timer?.cancel()
      over.abort()
    },
  }
}
