import type { CID } from 'multiformats/cid'
import type { World } from '../../base/index.ts'
import { formatName, type Names, parseCid, parseName } from '../../content/index.ts'
import type { Refusals } from '../../ipfs/index.ts'
import type { GatewayConfig } from './config.ts'
import { dispositionOf } from './disposition.ts'
import { GatewayFailure } from './failure.ts'
import { cachedAs, type Format, formatOf, typeOf } from './format.ts'
import type { GatewayBlocks, GatewayHost } from './host.ts'
import { type GatewayKeys, keyName } from './keys.ts'
import { asciiOnly, type GatewayRequest, inOriginForm, type Place, placeOf } from './place.ts'
import { rangedBytes } from './ranged.ts'
import { GatewayReader } from './reader.ts'
import { endingWith, failureAnswer, failureOf, type GatewayAnswer, redirectTo } from './responses.ts'
import { immutable, notCached } from './served.ts'
import { serve } from './serving.ts'
import type { Sessions } from './sessions.ts'

export interface AnswerParts {
  readonly world: World
  readonly config: GatewayConfig
  readonly blocks: GatewayBlocks
  readonly names: Pick<Names, 'resolve'> | undefined
  readonly recordOf: GatewayHost['recordOf']
  readonly denylists: Refusals
  readonly keys: GatewayKeys
  readonly sessions: Sessions
  /** Told what nobody expected. */
  failed(error: unknown): void
}

/** Where a name led, and how long that holds. */
interface Root {
  readonly cid: CID
  /** Names that the name itself puts before those of the request. */
  readonly before: readonly string[]
  readonly cacheControl: string
}

/** Answers of these formats run nowhere, so that one origin may give them all. */
const inert: ReadonlySet<Format> = new Set(['raw', 'car', 'ipns-record'])

/**
 * The answer to a request (path, subdomain and trustless gateway specifications). Never rejects: what goes wrong is an answer, too, until
 * the body has begun.
 *
 * @param signal of the client: aborted when it goes away
 */
export async function answer(
  asked: GatewayRequest,
  parts: AnswerParts,
  signal: AbortSignal,
): Promise<GatewayAnswer> {
  const request = inOriginForm(asked)
  const told = await answerOrFail(request, parts, signal).catch(error => {
    const failure = failureOf(error)
    if (failure === undefined && !signal.aborted) parts.failed(error)
    return failureAnswer(request, failure ?? new GatewayFailure(500, 'Something went wrong in this gateway.'))
  })
  if (request.method !== 'HEAD' || told.body === undefined) return told
  await told.body[Symbol.asyncIterator]().return?.()
  return { status: told.status, headers: told.headers }
}

async function answerOrFail(
  request: GatewayRequest,
  parts: AnswerParts,
  signal: AbortSignal,
): Promise<GatewayAnswer> {
  checkAsker(request)
  const format = formatOf(request)
  const place = placeOf(request, parts.config, !inert.has(format))
  if ('location' in place) return redirectTo(place.status ?? 301, place.location)
  checkWorker(request, place)
  if (format === 'ipns-record') return await recordAnswer(request, place, parts, signal)
  if (format === 'tar')
    throw new GatewayFailure(406, 'This gateway sends no TAR files: ?format=car has all of a folder.')
  const isCachedOnly = /(?:^|[\s,])only-if-cached(?:$|[\s,])/i.test(request.headers['cache-control'] ?? '')
  const root = await rootAt(place, parts, isCachedOnly, signal)
  const path = [...root.before, ...place.path]
  const checkPath = (behind: readonly string[]): void => {
    parts.denylists.check({ root: root.cid, path: behind })
    if (place.root.kind === 'ipns')
      parts.denylists.check({ root: place.root.name, path: behind.slice(root.before.length) })
  }
  checkPath(path)
  // Where a name leads is for its owner to say, who would then act in an origin that has the key.
  const shown = place.root.kind === 'ipfs' ? parts.keys.shown(request, root.cid) : undefined
  if (shown === 'url' && place.isOwnOrigin) return withCookie(request, place, parts.keys.of(root.cid))
  const lease = parts.sessions.lease(root.cid, shown === undefined)
  const reader = new GatewayReader({
    ...parts,
    keyFor: shown === undefined ? undefined : root.cid,
    session: parts.config.fetch && !isCachedOnly ? lease.session : undefined,
    fetchTimeoutMs: parts.config.fetchTimeoutMs,
  })
  try {
    const told = await serve({
      request,
      place,
      format,
      root: root.cid,
      path,
      reader,
      config: parts.config,
      signal,
      checkPath,
      cacheControl: shown === undefined ? root.cacheControl : notCached,
    })
    if (told.body === undefined) lease.release()
    return told.body === undefined ? told : { ...told, body: endingWith(told.body, lease.release) }
  } catch (error) {
    lease.release()
    // "Use with only-if-cached"
    if (isCachedOnly && reader.missing)
      throw new GatewayFailure(412, 'It is not here, and nothing was fetched.')
    throw error
  }
}

/**
 * A web page may lead its reader here, but not load what is here: it would learn what this computer has, and make it fetch what it likes.
 * Browsers say so (Fetch Metadata Request Headers); programs send nothing of it.
 */
function checkAsker({ method, headers }: GatewayRequest): void {
  if (method !== 'GET' && method !== 'HEAD')
    throw new GatewayFailure(405, 'A gateway only gives content: ask with GET or HEAD.')
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site === 'none' || site === 'same-origin') return
  if (headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document') return
  throw new GatewayFailure(403, 'A page of another origin asked for this, and gets nothing from here.')
}

/**
 * A service worker would act for all roots that share its origin ("Service Worker" in the path gateway specification). A sandbox keeps content from
 * asking for one; this holds where a browser does not know the sandbox.
 */
function checkWorker({ headers }: GatewayRequest, { isOwnOrigin }: Place): void {
  const isWorker = headers['service-worker'] === 'script' || headers['sec-fetch-dest'] === 'serviceworker'
  if (isWorker && !isOwnOrigin)
    throw new GatewayFailure(400, 'No service worker is given where all roots share an origin.')
}

async function rootAt(
  { root, path }: Place,
  { names, denylists, world, config }: AnswerParts,
  isCachedOnly: boolean,
  signal: AbortSignal,
): Promise<Root> {
  if (root.kind === 'ipfs') return { cid: root.cid, before: [], cacheControl: immutable }
  const { name } = root
  // A name that is denied is not looked up, whatever stands behind it; and what stands behind it may be denied alone.
  denylists.check({ root: name, path })
  if (isCachedOnly)
    throw new GatewayFailure(412, 'Where a name leads is asked of others, and nothing was fetched.')
  if (names === undefined || !config.fetch)
    throw new GatewayFailure(404, 'Names are not looked up here: the IPFS network is off.')
  const text = name.kind === 'domain' ? name.domain : formatName(name.multihash)
  const found = await names.resolve(text, signal)
  // Over which other names it leads.
  for (const other of found.names.slice(1)) denylists.check({ root: parseName(other), path: [] })
  const parsed = /^\/ipfs\/([^/]+)(?:\/(.*))?$/s.exec(found.path ?? '')
  if (parsed === null) throw new GatewayFailure(404, `The name ${text} leads to nothing on IPFS.`)
  const seconds = Math.max(0, Math.floor((found.freshUntil - world.wallTime()) / 1_000))
  return {
    cid: parseCid(parsed[1]!),
    before: (parsed[2] ?? '').split('/').filter(one => one !== ''),
    cacheControl: `public, max-age=${seconds}`,
  }
}

async function recordAnswer(
  request: GatewayRequest,
  { root, path }: Place,
  { recordOf, denylists, config }: AnswerParts,
  signal: AbortSignal,
): Promise<GatewayAnswer> {
  if (root.kind !== 'ipns' || root.name.kind !== 'key' || path.length > 0)
    throw new GatewayFailure(400, 'Only a key has a record: ask for /ipns/KEY?format=ipns-record.')
  denylists.check({ root: root.name, path: [] })
  if (recordOf === undefined || !config.fetch)
    throw new GatewayFailure(404, 'Names are not looked up here: the IPFS network is off.')
  const name = formatName(root.name.multihash)
  const { bytes, freshMs } = await recordOf(name, signal)
  return rangedBytes(request, bytes, typeOf('ipns-record'), {
    ...dispositionOf(request, `${name}.ipns-record`, 'attachment'),
    ...cachedAs(request, 'ipns-record'),
    'cache-control': `public, max-age=${Math.max(0, Math.floor(freshMs / 1_000))}`,
    'x-ipfs-path': `/ipns/${name}`,
  })
}

/** The key moves from the URL, which people copy, to a cookie of this origin alone. */
function withCookie({ url }: GatewayRequest, { query }: Place, key: string): GatewayAnswer {
  const rest = new URLSearchParams(query)
  rest.delete(keyName)
  const search = rest.size === 0 ? '' : `?${rest}`
  // Two slashes at the beginning would lead to another host, and browsers take a backslash for one.
  return redirectTo(302, asciiOnly(`${url.replace(/[?#].*$/s, '').replace(/^[/\\]+/, '/')}${search}`), {
    'set-cookie': `${keyName}=${key}; HttpOnly; SameSite=Strict; Path=/`,
    'cache-control': 'no-store',
  })
}
