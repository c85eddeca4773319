import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Where `npm run build:web` leaves it, seen from src/daemon and from dist/daemon alike. */
const builtFolder = join(import.meta.dirname, '../../web/dist')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** Of what `scripts/build-web.ts` compressed, by the ends of its names, the smallest first. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

interface Asset {
  readonly type: string
  /** Whether its name changes with its content. */
  readonly isHashed: boolean
  readonly plain: Buffer
  readonly compressed: readonly { readonly encoding: string; readonly body: Buffer }[]
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
 * Serves the built web app: its files by their names, and its page at every path that could be one of its own. All of it is in memory from
 * the first request on, so no request names a file of this machine.
 *
 * @param folder what Vite built; read again when the page is asked for and was not there before
 */
export function serveWebApp(app: FastifyInstance, folder: string = builtFolder): void {
  let assets: ReadonlyMap<string, Asset> = new Map()
  const renew = (): void => {
    if (assets.size === 0) assets = readAssets(folder)
  }
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    renew()
    const index = assets.get('/index.html')
    if (index === undefined) return reply.code(503).type(types['.html']!).send(notBuilt)
    return send(request, reply, index)
  }
  app.get('/', page)
  app.get('/*', (request, reply) => {
    renew()
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
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !encodings.some(([, end]) => entry.name.endsWith(end)))
    .map(({ parentPath, name }) => join(parentPath, name))
  return new Map(
    files.map(path => {
      const key = `/${path.slice(folder.length + 1).replaceAll('\\', '/')}`
      return [key, readAsset(path, key)] as const
    }),
  )
}

function readAsset(path: string, key: string): Asset {
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    isHashed: key.startsWith('/assets/'),
    plain: readFileSync(path),
    compressed: encodings
      .filter(([, end]) => existsSync(path + end))
      .map(([encoding, end]) => ({ encoding, body: readFileSync(path + end) })),
  }
}

/** The policy and the other headers of safety stand on every answer already (`api-server.ts`). */
function send(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(/\s*,\s*/)
  const chosen = asset.compressed.find(({ encoding }) => accepted.includes(encoding))
  reply.type(asset.type).header('vary', 'accept-encoding')
  reply.header('cache-control', asset.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (chosen !== undefined) reply.header('content-encoding', chosen.encoding)
  return reply.send(chosen?.body ?? asset.plain)
}
