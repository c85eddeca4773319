import type { CID } from 'multiformats/cid'
import { PeerageError, sha256, toHex, utf8 } from '../../base/index.ts'
import {
  codecs,
  isDataCodec,
  listDirectory,
  type NodeStat,
  readData,
  readFileBytes,
  resolvePath,
  statNode,
  type VerifiedBlock,
} from '../../content/index.ts'
import { carOf } from './car.ts'
import type { GatewayConfig } from './config.ts'
import { sniffedBytes, typeByBytes, typeByName } from './content-type.ts'
import { dataPage } from './data-page.ts'
import { dispositionOf } from './disposition.ts'
import { GatewayFailure, shown } from './failure.ts'
import { carParametersOf, type Format, parametersOf, typeOf, wantsPage, wantsPlain } from './format.ts'
import { directoryPage, type ListedEntry, pagePolicy, pageVersion, type Seen } from './page.ts'
import { asciiOnly, encodedPath, type GatewayRequest, type Place, rootText } from './place.ts'
import { rangedAnswer, rangedBytes } from './ranged.ts'
import type { GatewayReader } from './reader.ts'
import { maxRedirectsBytes, parseRedirects, redirect } from './redirects.ts'
import { begun, commonHeaders, type GatewayAnswer, redirectTo, textAnswer } from './responses.ts'

export interface ServingParts {
  readonly request: GatewayRequest
  readonly place: Place
  readonly format: Exclude<Format, 'ipns-record' | 'tar'>
  readonly root: CID
  /** From the root, what a name put there before the rest included. */
  readonly path: readonly string[]
  readonly reader: GatewayReader
  readonly config: GatewayConfig
  readonly signal: AbortSignal
  readonly cacheControl: string
}

/** Where a path ended. */
interface Found {
  readonly cid: CID
  /** The CID of each part of the path, that of the root first: the header X-Ipfs-Roots. */
  readonly roots: readonly CID[]
  readonly way: readonly VerifiedBlock[]
}

interface FileAnswer {
  readonly cid: CID
  readonly stat: NodeStat
  readonly name: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
  readonly status?: number
}

/** What stands behind a CID never changes ("Cache-Control (response header)"). */
export const immutable = 'public, max-age=29030400, immutable'
/** A page that we made may look different some day. */
const pageCaching = 'public, max-age=604800, stale-while-revalidate=2678400'
/** Where all roots share an origin, what they give must not act in its name: it gets an origin that nobody else has. */
const sandboxed = 'sandbox'
/** Codecs whose blocks are files of a type by themselves. */
type DataFormat = 'json' | 'cbor' | 'dag-json' | 'dag-cbor'
const blockFormats: ReadonlyMap<number, DataFormat> = new Map([
  [0x0200, 'json'],
  [0x51, 'cbor'],
  [codecs.dagJson, 'dag-json'],
  [codecs.dagCbor, 'dag-cbor'],
])

/** One request for content whose root is known. */
export class Serving {
  readonly #parts: ServingParts

  constructor(parts: ServingParts) {
    this.#parts = parts
  }

  /** Rejects with a `GatewayFailure` or a `PeerageError`. */
  async answer(): Promise<GatewayAnswer> {
    const { format, root, path } = this.#parts
    const found = await this.#follow(path).catch(error => {
      if (!isMissing(error)) throw error
      return error
    })
    if (found instanceof PeerageError) return await this.#redirected(found)
    if (format === 'raw') return await this.#raw(found)
    if (format === 'car') return await this.#car(found)
    const own = blockFormats.get(found.cid.code)
    if (own !== undefined) return await this.#data(found, own)
    if (format !== 'usual' && format !== 'json') throw this.#otherForm()
    if (found.cid.code !== codecs.raw && found.cid.code !== codecs.dagPb)
      throw new GatewayFailure(
        400,
        `What is behind ${root} has a codec that is not read here; ?format=raw gives its bytes.`,
      )
    return await this.#unixFs(found)
  }

  async #follow(path: readonly string[]): Promise<Found> {
    const { reader, root, signal } = this.#parts
    const roots = [root]
    const way: VerifiedBlock[] = []
    for (let at = 0; at < path.length; ) {
      const from = roots.at(-1)!
      // A link may stand several names deep in data.
      const names = isDataCodec(from.code) ? path.slice(at) : path.slice(at, at + 1)
      const step = await resolvePath(reader, from, names, { signal })
      if (step.rest.length > 0)
        throw new GatewayFailure(501, 'The path ends within a block of data: only blocks are served.')
      way.push(...step.way)
      roots.push(step.cid)
      at += names.length
    }
    return { cid: roots.at(-1)!, roots, way }
  }

  async #raw(found: Found): Promise<GatewayAnswer> {
    const { request, reader, signal } = this.#parts
    const { bytes } = await reader.get(found.cid, { signal })
    const etag = `"${found.cid}.raw"`
    return (
      this.#unchanged(etag, found) ??
      rangedBytes(request, bytes, typeOf('raw'), {
        ...this.#headers(found, etag),
        ...dispositionOf(request, `${found.cid}.bin`, 'attachment'),
      })
    )
  }

  async #car({ cid, way, roots }: Found): Promise<GatewayAnswer> {
    const { request, reader, config, signal, place } = this.#parts
    const parameters = carParametersOf(request)
    const stat = await this.#statOrData(cid)
    const what = JSON.stringify([place.contentPath, parameters])
    const etag = `"${cid}.car.${toHex(sha256(utf8(what))).slice(0, 16)}"`
    const type = `${typeOf('car')}; version=1; order=dfs; dups=${parameters.dups ? 'y' : 'n'}`
    const chunks = carOf({
      ...parameters,
      blocks: reader,
      way,
      root: cid,
      stat,
      maxBlocks: config.maxCarBlocks,
      signal,
    })
    return (
      this.#unchanged(etag, { cid, roots, way }) ?? {
        status: 200,
        headers: {
          ...this.#headers({ cid, roots, way }, etag),
          'content-type': type,
          ...dispositionOf(request, `${cid}.car`, 'attachment'),
          'accept-ranges': 'none',
        },
        body: chunks,
      }
    )
  }

  /** Whatever is no UnixFS counts as a block of data. */
  async #statOrData(cid: CID): Promise<NodeStat> {
    const { reader, signal } = this.#parts
    const { length } = (await reader.get(cid, { signal })).bytes
    if (blockFormats.has(cid.code)) return { kind: 'data', size: length }
    return await statNode(reader, cid, { signal }).catch(error => {
      if (error instanceof PeerageError && error.code === 'dag.unsupported')
        return { kind: 'data', size: length } as const
      throw error
    })
  }

  #otherForm(): GatewayFailure {
    const { format } = this.#parts
    return new GatewayFailure(
      406,
      `It has another form than ${format}; ?format=raw gives its bytes as they are.`,
    )
  }

  /** Data goes by its own type or by the plain one of the same bytes; for people who look at it there is a page. */
  async #data(found: Found, own: DataFormat): Promise<GatewayAnswer> {
    const { request, reader, signal, format } = this.#parts
    const plain = own === 'json' || own === 'dag-json' ? 'json' : 'cbor'
    if (format !== 'usual' && format !== own && format !== plain) throw this.#otherForm()
    const block = await reader.get(found.cid, { signal })
    if (format === 'usual' && own !== plain && wantsPage(request)) {
      const page = this.#dataPage(found, block, own)
      if (page !== undefined) return page
    }
    const sent = wantsPlain(request, plain) ? plain : own
    const etag = `"${found.cid}.${sent}"`
    return (
      this.#unchanged(etag, found) ??
      rangedBytes(request, block.bytes, typeOf(sent), {
        ...this.#headers(found, etag),
        ...dispositionOf(request, `${found.cid}.${plain}`, plain === 'json' ? 'inline' : 'attachment'),
      })
    )
  }

  /** Undefined for what cannot be read: it is given as it is. */
  #dataPage(found: Found, block: VerifiedBlock, format: string): GatewayAnswer | undefined {
    const { config } = this.#parts
    const data = readableData(block)
    if (data === undefined) return undefined
    const etag = `"DagIndex-${pageVersion}_CID-${found.cid}"`
    const html = dataPage(this.#seen(found), { format, data: data.value, maxValues: config.maxListedEntries })
    return this.#unchanged(etag, found) ?? this.#ownPage(html, found, etag)
  }

  /** What both kinds of pages of ours show of where they are. */
  #seen({ cid }: Found): Seen {
    const { place, cacheControl } = this.#parts
    return {
      root: `/${place.root.kind}/${rootText(place.root)}`,
      path: place.path,
      cid: cid.toString(),
      base: place.base,
      // A key is good for one origin: elsewhere what is private is not found.
      elsewhere: cacheControl === 'no-store' ? undefined : place.elsewhere,
    }
  }

  #ownPage(html: string, found: Found, etag: string): GatewayAnswer {
    return textAnswer(200, html, {
      ...this.#headers(found, etag),
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      ...(this.#parts.cacheControl === immutable && { 'cache-control': pageCaching }),
    })
  }

  async #unixFs(found: Found): Promise<GatewayAnswer> {
    const { reader, signal, path, request, format } = this.#parts
    const stat = await statNode(reader, found.cid, { signal })
    if (format === 'json' && stat.kind !== 'file') throw this.#otherForm()
    if (stat.kind === 'directory') return await this.#directory(found)
    const etag = `"${found.cid}"`
    const headers = this.#headers(found, etag)
    if (stat.kind === 'symlink')
      return textAnswer(200, stat.target ?? '', { ...headers, 'content-type': 'text/plain; charset=utf-8' })
    return await this.#file({
      cid: found.cid,
      stat,
      name: parametersOf(request.url).get('filename') ?? path.at(-1),
      headers,
      etag,
    })
  }

  async #file({ cid, stat, name, headers, etag, status = 200 }: FileAnswer): Promise<GatewayAnswer> {
    const { request, reader, signal, config, format } = this.#parts
    if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers }
    const type = (name === undefined ? undefined : typeByName(name)) ?? (await this.#sniff(cid))
    if (format === 'json' && type !== typeOf('json')) throw this.#otherForm()
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
  async #sniff(cid: CID): Promise<string> {
    const { reader, signal } = this.#parts
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

  async #directory(found: Found): Promise<GatewayAnswer> {
    const { place, reader, signal } = this.#parts
    if (!place.endsWithSlash) {
      const search = place.query === '' ? '' : `?${place.query}`
      return redirectTo(301, asciiOnly(`${place.base}${encodedPath(place.path)}/${search}`))
    }
    const index = await optional(resolvePath(reader, found.cid, ['index.html'], { signal }))
    const stat = index && (await statNode(reader, index.cid, { signal }))
    if (index === undefined || stat?.kind !== 'file') return await this.#page(found)
    const etag = `"${found.cid}"`
    return await this.#file({
      cid: index.cid,
      stat,
      name: 'index.html',
      headers: this.#headers(found, etag),
      etag,
    })
  }

  async #page(found: Found): Promise<GatewayAnswer> {
    const { config, reader, signal } = this.#parts
    const etag = `"DirIndex-${pageVersion}_CID-${found.cid}"`
    const unchanged = this.#unchanged(etag, found)
    if (unchanged !== undefined) return unchanged
    const entries: ListedEntry[] = []
    let isCut = false
    for await (const { name, cid, dagSize } of listDirectory(reader, found.cid, { signal })) {
      isCut = entries.length === config.maxListedEntries
      if (isCut) break
      entries.push({ name, cid: cid.toString(), size: dagSize })
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#ownPage(directoryPage(this.#seen(found), { entries, isCut }), found, etag)
  }

  /** "No Forced Redirects": the rules of a site are read only for what is not there, and only where it has an origin of its own. */
  async #redirected(missing: PeerageError): Promise<GatewayAnswer> {
    const { place, format, path } = this.#parts
    const before = path.slice(0, path.length - place.path.length)
    if (!place.isOwnOrigin || format !== 'usual') throw missing
    const file = await optional(this.#follow([...before, '_redirects']))
    if (file === undefined) throw missing
    const found = redirect(parseRedirects(await this.#redirectsOf(file.cid)), place.path, place.query)
    if (found === undefined) throw missing
    if (found.status >= 300 && found.status < 400) return redirectTo(found.status, asciiOnly(found.to))
    return await this.#rewritten([...before, ...namesIn(found.to)], found.status)
  }

  async #redirectsOf(cid: CID): Promise<Uint8Array> {
    const { reader, signal } = this.#parts
    const { kind, size } = await statNode(reader, cid, { signal })
    if (kind !== 'file') throw new GatewayFailure(500, 'could not parse _redirects: it is not a file.')
    if (size > maxRedirectsBytes)
      throw new GatewayFailure(
        500,
        `could not parse _redirects: redirects file size cannot exceed ${maxRedirectsBytes} bytes.`,
      )
    const bytes = new Uint8Array(size)
    let at = 0
    for await (const chunk of readFileBytes(reader, cid, { signal })) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  async #rewritten(path: readonly string[], status: number): Promise<GatewayAnswer> {
    const { reader, signal } = this.#parts
    const found = await this.#follow(path)
    let stat = await statNode(reader, found.cid, { signal })
    let { cid } = found
    let name = path.at(-1)
    if (stat.kind === 'directory') {
      cid = (await resolvePath(reader, cid, ['index.html'], { signal })).cid
      stat = await statNode(reader, cid, { signal })
      name = 'index.html'
    }
    if (stat.kind !== 'file')
      throw new GatewayFailure(
        500,
        `The rule of _redirects leads to "${shown(path.join('/'))}", which is no file.`,
      )
    const etag = `"${cid}"`
    return await this.#file({ cid, stat, name, headers: this.#headers(found, etag), etag, status })
  }

  #unchanged(etag: string, found: Found): GatewayAnswer | undefined {
    const isSame = matches(this.#parts.request.headers['if-none-match'], etag)
    return isSame ? { status: 304, headers: this.#headers(found, etag) } : undefined
  }

  #headers({ roots }: Found, etag: string): Record<string, string> {
    const { place, cacheControl } = this.#parts
    return {
      ...commonHeaders,
      etag,
      'cache-control': cacheControl,
      'x-ipfs-path': asciiOnly(place.contentPath),
      'x-ipfs-roots': roots.join(','),
      ...(!place.isOwnOrigin && { 'content-security-policy': sandboxed }),
    }
  }
}

/** RFC 9110, section 13.1.2: weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some(one => one.trim().replace(/^W\//, '') === etag)
}

function readableData(block: VerifiedBlock): { readonly value: unknown } | undefined {
  try {
    return { value: readData(block) }
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}

function isMissing(error: unknown): error is PeerageError {
  return error instanceof PeerageError && error.code === 'content.no-such-file'
}

async function optional<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The names of a path in a rule: an encoded one, whose query does not matter within a site. */
function namesIn(to: string): string[] {
  if (!to.startsWith('/'))
    throw new GatewayFailure(500, 'could not parse _redirects: only a path can be answered with that status.')
  return to
    .replace(/[?#].*$/s, '')
    .split('/')
    .filter(name => name !== '')
    .map(decodeURIComponent)
}
