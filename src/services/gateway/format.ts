import { GatewayFailure, shown } from './failure.ts'
import { type EntityBytes, parseEntityBytes } from './http-range.ts'
import { asciiOnly, type GatewayRequest } from './place.ts'

/** In what form content is asked for; `usual` is what the content itself is: a file, a folder as a page. */
export type Format =
  | 'usual'
  | 'raw'
  | 'car'
  | 'ipns-record'
  | 'tar'
  | 'dag-json'
  | 'dag-cbor'
  | 'json'
  | 'cbor'

/** What a CAR shall hold (trustless gateway specification). */
export interface CarParameters {
  readonly scope: 'block' | 'entity' | 'all'
  readonly bytes: EntityBytes | undefined
  /** Whether blocks that stand in the DAG several times are sent as often. */
  readonly dups: boolean
}

const types: Readonly<Record<Exclude<Format, 'usual'>, string>> = {
  raw: 'application/vnd.ipld.raw',
  car: 'application/vnd.ipld.car',
  'ipns-record': 'application/vnd.ipfs.ipns-record',
  tar: 'application/x-tar',
  'dag-json': 'application/vnd.ipld.dag-json',
  'dag-cbor': 'application/vnd.ipld.dag-cbor',
  json: 'application/json',
  cbor: 'application/cbor',
}
const byType: ReadonlyMap<string, Format> = new Map(
  Object.entries(types).map(([format, type]) => [type, format as Format]),
)
const maxAccept = 2_048

/** The media type of a format. */
export function typeOf(format: Exclude<Format, 'usual'>): string {
  return types[format]
}

/**
 * The format of a request: the parameter `format` before the header Accept, as the specification wants it. Throws a `GatewayFailure` 400 for
 * a format that nobody knows.
 */
export function formatOf({ url, headers }: GatewayRequest): Format {
  const asked = parametersOf(url).get('format')
  if (asked !== null) {
    if (asked === 'usual' || !Object.hasOwn(types, asked))
      throw new GatewayFailure(
        400,
        `The format "${shown(asked)}" is not known: raw, car, ipns-record, dag-json, dag-cbor, json and cbor are.`,
      )
    return asked as Format
  }
  return acceptedFormat(headers.accept) ?? 'usual'
}

function acceptedFormat(accept: string | undefined): Format | undefined {
  const found = acceptedTypes(accept).map(({ type }) => byType.get(type))
  // A browser names what it likes best; JSON is asked for by programs in general, and is no wish for another form.
  return found.find(format => format !== undefined && format !== 'json' && format !== 'cbor')
}

/**
 * For caches, which tell answers apart by their URLs: whether what is answered depends on the header Accept, and the URL that says by itself what the
 * answer of a format is ("Content-Location") where that of the request does not.
 */
export function cachedAs(
  { url, headers }: GatewayRequest,
  format: Format,
): { readonly vary?: string; readonly 'content-location'?: string } {
  const asked = parametersOf(url)
  const whole = new URLSearchParams(asked)
  if (format !== 'usual') whole.set('format', format)
  const parameters = format === 'car' ? carParametersIn(headers.accept) : undefined
  for (const name of ['version', 'order', 'dups']) {
    const value = parameters?.get(name)
    if (value !== undefined && !whole.has(`car-${name}`)) whole.set(`car-${name}`, value)
  }
  const isSaid = asked.has('format')
  const isWhole = format === 'usual' || (isSaid && whole.size === asked.size)
  const isDoubtful = isSaid && (acceptedFormat(headers.accept) ?? format) !== format
  return {
    ...((!isSaid || format === 'car') && { vary: 'Accept' }),
    ...((!isWhole || isDoubtful) && {
      'content-location': `${asciiOnly(url.replace(/[?#].*$/s, ''))}?${whole}`,
    }),
  }
}

function carParametersIn(accept: string | undefined): ReadonlyMap<string, string> | undefined {
  return acceptedTypes(accept).find(({ type }) => type === types.car)?.parameters
}

/** Whether data that could go by its own name, `application/vnd.ipld.dag-json`, shall go by the plain one, `application/json`. */
export function wantsPlain(request: GatewayRequest, plain: 'json' | 'cbor'): boolean {
  const format = formatOf(request)
  if (format !== 'usual') return format === plain
  return acceptedTypes(request.headers.accept).some(({ type }) => type === types[plain])
}

/** What the parameters of a request and of its Accept header say of a CAR. Throws a `GatewayFailure` 400. */
export function carParametersOf({ url, headers }: GatewayRequest): CarParameters {
  const query = parametersOf(url)
  const accepted = carParametersIn(headers.accept)
  // What is empty is not said.
  const said = (name: string): string => query.get(`car-${name}`) || accepted?.get(name) || ''
  const version = said('version') || '1'
  if (version !== '1')
    throw new GatewayFailure(400, `CAR version "${shown(version)}" is not served: version 1 is.`)
  if (!['', 'dfs', 'unk'].includes(said('order')))
    throw new GatewayFailure(400, 'The order of a CAR (car-order) is dfs or unk.')
  if (!['', 'y', 'n'].includes(said('dups')))
    throw new GatewayFailure(400, 'Whether a CAR has blocks several times (car-dups) is y or n.')
  const text = query.get('entity-bytes')
  const bytes = text === null ? undefined : parseEntityBytes(text)
  if (text !== null && bytes === undefined)
    throw new GatewayFailure(400, 'The parameter entity-bytes is no range: it looks like 0:1023 or -1024:*.')
  const scope = query.get('dag-scope') ?? (bytes === undefined ? 'all' : 'entity')
  if (scope !== 'block' && scope !== 'entity' && scope !== 'all')
    throw new GatewayFailure(400, 'The parameter dag-scope is block, entity or all.')
  return { scope: bytes === undefined ? scope : 'entity', bytes, dups: said('dups') === 'y' }
}

/** The parameters of a URL. */
export function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/s.exec(url)?.[1] ?? '')
}

/** Whether the answer is for a person who looks at it. */
export function wantsPage({ headers }: GatewayRequest): boolean {
  return acceptedTypes(headers.accept).some(({ type }) => type === 'text/html')
}

/** Types of an Accept header in their order (RFC 9110, section 12.5.1); those that are weighed with 0 left out. */
function acceptedTypes(
  header = '',
): { readonly type: string; readonly parameters: ReadonlyMap<string, string> }[] {
  return header
    .slice(0, maxAccept)
    .split(',')
    .map(item => {
      const [type = '', ...rest] = item.split(';').map(part => part.trim())
      const parameters = rest.map(part => {
        const [name = '', value = ''] = part.split('=', 2)
        return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')] as const
      })
      return { type: type.toLowerCase(), parameters: new Map(parameters) }
    })
    .filter(({ parameters }) => !/^0(?:\.0*)?$/.test(parameters.get('q') ?? '1'))
}
