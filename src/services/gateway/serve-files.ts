import type { CID } from 'multiformats/cid'
import { listDirectory, type NodeStat, readFileBytes, resolvePath, statNode } from '../../content/index.ts'
import { sniffedBytes, typeByBytes, typeByName } from './content-type.ts'
import { dispositionOf } from './disposition.ts'
import { parametersOf, typeOf } from './format.ts'
import { ownPage, pageHeaders, seenAt } from './own-page.ts'
import { directoryPage, type ListedEntry, pageVersion } from './page.ts'
import { asciiOnly, encodedPath } from './place.ts'
import { rangedAnswer } from './ranged.ts'
import { begun, type GatewayAnswer, redirectTo, textAnswer } from './responses.ts'
import { type Found, headersOf, optional, otherForm, type ServingParts, unchanged } from './served.ts'

interface FileAnswer {
  readonly cid: CID
  readonly stat: NodeStat
  readonly name: string | undefined
  /** With an ETag. */
  readonly headers: Readonly<Record<string, string>>
  readonly status?: number
}

/** A file as it is, a folder as its `index.html` or a page, a symbolic link as where it leads. */
export async function unixFsAnswer(parts: ServingParts, found: Found): Promise<GatewayAnswer> {
  const { reader, signal, path, request, format } = parts
  const stat = await statNode(reader, found.cid, { signal })
  if (format === 'json' && stat.kind !== 'file') throw otherForm(parts)
  if (stat.kind === 'directory') return await folderAnswer(parts, found)
  const headers = headersOf(parts, found, `"${found.cid}"`)
  if (stat.kind === 'symlink')
    return (
      unchanged(parts, headers) ??
      textAnswer(200, stat.target ?? '', { ...headers, 'content-type': 'text/plain; charset=utf-8' })
    )
  return await fileAnswer(parts, {
    cid: found.cid,
    stat,
    name: parametersOf(request.url).get('filename') ?? path.at(-1),
    headers,
  })
}

/** A file or ranges of it; the status of its first byte is that of the answer. */
export async function fileAnswer(
  parts: ServingParts,
  { cid, stat, name, headers, status = 200 }: FileAnswer,
): Promise<GatewayAnswer> {
  const { request, reader, signal, config, format } = parts
  const same = unchanged(parts, headers)
  if (same !== undefined) return same
  const type = (name === undefined ? undefined : typeByName(name)) ?? (await sniffed(parts, cid))
  if (format === 'json' && type !== typeOf('json')) throw otherForm(parts)
  const told = rangedAnswer({
    request,
    size: stat.size,
    type,
    headers: { ...headers, ...dispositionOf(request, name, undefined) },
    status,
    chunks: ({ from, to }) =>
      readFileBytes(reader, cid, {
        range: { start: from, end: to + 1 },
        ahead: config.readAheadBlocks,
        signal,
      }),
  })
  return request.method === 'HEAD' ? told : { ...told, body: await begun(told.body!) }
}

/** The beginning may be what is missing, while the part that is asked for is here. */
async function sniffed(parts: ServingParts, cid: CID): Promise<string> {
  const { reader, signal } = parts
  const first: Uint8Array[] = []
  try {
    const range = { start: 0, end: sniffedBytes }
    for await (const bytes of readFileBytes(reader, cid, { range, signal })) first.push(bytes)
  } catch (error) {
    if (signal.aborted) throw error
    return 'application/octet-stream'
  }
  return typeByBytes(first.length === 1 ? first[0]! : Uint8Array.from(first.flatMap(bytes => [...bytes])))
}

async function folderAnswer(parts: ServingParts, found: Found): Promise<GatewayAnswer> {
  const { place, reader, signal } = parts
  if (!place.endsWithSlash) {
    const search = place.query === '' ? '' : `?${place.query}`
    return redirectTo(301, asciiOnly(`${place.base}${encodedPath(place.path)}/${search}`))
  }
  const index = await optional(resolvePath(reader, found.cid, ['index.html'], { signal }))
  const stat = index && (await statNode(reader, index.cid, { signal }))
  if (index === undefined || stat?.kind !== 'file') return await folderPage(parts, found)
  parts.checkPath([...parts.path, 'index.html'])
  const headers = headersOf(parts, found, `"${found.cid}"`)
  return await fileAnswer(parts, { cid: index.cid, stat, name: 'index.html', headers })
}

async function folderPage(parts: ServingParts, found: Found): Promise<GatewayAnswer> {
  const { config, reader, signal } = parts
  const headers = pageHeaders(parts, found, `"DirIndex-${pageVersion}_CID-${found.cid}"`)
  const same = unchanged(parts, headers)
  if (same !== undefined) return same
  const entries: ListedEntry[] = []
  let isCut = false
  for await (const { name, cid, dagSize } of listDirectory(reader, found.cid, { signal })) {
    isCut = entries.length === config.maxListedEntries
    if (isCut) break
    entries.push({ name, cid: cid.toString(), size: dagSize })
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return ownPage(directoryPage(seenAt(parts, found), { entries, isCut }), headers)
}
