import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Where `npm run build:web` leaves it, seen from src/daemon and from dist/daemon alike. */
const builtFolder = join(import.meta.dirname, '../../web/dist')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

type Encoding = 'br' | 'gzip' | 'identity'

interface Asset {
  readonly type: string
  /** Whether its name changes with its content. */
  readonly isHashed: boolean
  readonly bodies: Map<Encoding, Buffer>
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Peerage</title>
<h1>Peerage is running</h1>
<p>Its page is not built. In the folder of Peerage run <code>npm install</code> and <code>npm run build:web</code>, then load this page again.</p>
<p>In a terminal, <code>peerage --help</code> shows everything it can do.</p>
</html>
`

/**
 * Serves the built web app: its files by their names, and its page at every path that could be one of its own. All of it is in memory, so no request
 * names a file of this machine.
 *
 * @param folder what Vite built; read again when the page is asked for and was not there before
 */
export function serveWebApp(app: FastifyInstance, folder: string = builtFolder): void {
  let assets = readAssets(folder)
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (assets.size === 0) assets = readAssets(folder)
    const index = assets.get('/index.html')
    if (index === undefined) return reply.code(503).type(types['.html']!).send(notBuilt)
    return send(request, reply, index)
  }
  app.get('/', page)
  app.get('/*', (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const asset = assets.get(path)
    if (asset !== undefined) return send(request, reply, asset)
    return isPagePath(path) ? page(request, reply) : reply.callNotFound()
  })
}

/** Paths of the application have plain words in them; what looks like a file or belongs to the API is not one. */
function isPagePath(path: string): boolean {
  return (
    /^\/[a-z][a-z-]{0,31}(\/[\w%~:@-]{1,512}){0,8}\/?$/i.test(path) &&
    !/^\/(api|media|assets)(\/|$)/.test(path)
  )
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  if (!existsSync(join(folder, 'index.html'))) return new Map()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      const key = `/${path.slice(folder.length + 1).replaceAll('\\', '/')}`
      return [key, readAsset(path, key)] as const
    }),
  )
}

function readAsset(path: string, key: string): Asset {
  const type = types[extname(path)] ?? 'application/octet-stream'
  return { type, isHashed: key.startsWith('/assets/'), bodies: new Map([['identity', readFileSync(path)]]) }
}

/** The policy and the other headers of safety stand on every answer already (`api-server.ts`). */
function send(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const encoding = wanted(request.headers['accept-encoding'])
  reply.type(asset.type).header('vary', 'accept-encoding')
  reply.header('cache-control', asset.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.send(bodyOf(asset, encoding))
}

function wanted(accepted: string | string[] | undefined): Encoding {
  const names = String(accepted ?? '')
    .split(',')
    .map(one => one.trim())
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : 'identity'
}

/** Compressed once, when it is first asked for. */
function bodyOf({ bodies }: Asset, encoding: Encoding): Buffer {
  const plain = bodies.get('identity')!
  const made = bodies.get(encoding) ?? compress(plain, encoding)
  bodies.set(encoding, made)
  return made
}

function compress(plain: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'gzip') return gzipSync(plain, { level: 9 })
  return brotliCompressSync(plain, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } })
}
