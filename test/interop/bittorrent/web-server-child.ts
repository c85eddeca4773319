// A web seed: `web-server-child.ts FOLDER PORT`. Serves the files below a folder, with ranges, on all addresses.
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'

/** Read ahead, in bytes: it shall not be what a benchmark measures. */
const highWaterMark = 1_048_576
const [folder = '.', port = '8080'] = process.argv.slice(2)

createServer((request, response) => {
  const path = join(
    folder,
    normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)),
  )
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile()) return void response.writeHead(404).end()
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (range === null) {
    response.writeHead(200, { 'content-length': stat.size, 'accept-ranges': 'bytes' })
    return void createReadStream(path, { highWaterMark }).pipe(response)
  }
  const start = Number(range[1])
  const end = Math.min(range[2] === '' ? stat.size - 1 : Number(range[2]), stat.size - 1)
  if (start > end) return void response.writeHead(416, { 'content-range': `bytes */${stat.size}` }).end()
  response.writeHead(206, {
    'content-length': end - start + 1,
    'content-range': `bytes ${start}-${end}/${stat.size}`,
    'accept-ranges': 'bytes',
  })
  createReadStream(path, { start, end, highWaterMark }).pipe(response)
}).listen({ port: Number(port), host: '::' }, () => console.log('ready'))
