import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, follow } from './child.ts'
import { usageOf } from './process-usage.ts'
import type { Figures, Scenario } from './scenario.ts'
import { makeWorkFolder, warm, writeRandomFile } from './test-data.ts'

const mebibyte = 1024 ** 2
const node = join(import.meta.dirname, 'gateway-node.ts')
const ranges = 40
const run = promisify(execFile)

/** What a browser or a program of this computer gets from the gateway, of a file that is shared. */
export const gateway: Scenario = {
  name: 'gateway',
  summary: 'a 1 GiB file that is in the store, over HTTP: as a whole, and the first byte of ranges',
  opponents: [],
  async prepare(options) {
    const size = options.size ?? (options.smoke ? 64 : 1024) * mebibyte
    const work = await makeWorkFolder()
    const source = join(await work.folder('source'), 'content')
    await writeRandomFile(source, size)
    return {
      systems: ['peerage'],
      async measure() {
        await warm(source)
        await using child = follow([process.execPath, node, await work.folder('home'), source])
        const { port, cid } = JSON.parse(await child.line()) as { port: number; cid: string }
        const url = `http://127.0.0.1:${port}/ipfs/${cid}`
        const first = await firstBytes(url, size)
        return { ...first, ...(await whole(child, `${url}?filename=content.bin`, size)) }
      },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        return [
          { what: 'ms to the first byte of a range', value: mine['first byte ms'] ?? Number.NaN, limit: 20 },
          { what: 'MB/s', value: mine['MB/s'] ?? Number.NaN, limit: 500, atLeast: true },
        ]
      },
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

/** The median and the last but one of ranges all over the file, each on a connection of its own. */
async function firstBytes(url: string, size: number): Promise<Figures> {
  const times: number[] = []
  for (let i = 0; i < ranges; i++) times.push(await firstByteOf(url, Math.floor((size / ranges) * i * 0.99)))
  times.sort((a, b) => a - b)
  return { 'first byte ms': times[ranges / 2]!, 'slow first byte ms': times[ranges - 2]! }
}

async function firstByteOf(url: string, from: number): Promise<number> {
  const began = performance.now()
  const asked = request(url, { agent: false, headers: { range: `bytes=${from}-${from + 99}` } }).end()
  const [response] = await once(asked, 'response')
  await once(response, 'data')
  const took = performance.now() - began
  response.destroy()
  return took
}

async function whole({ pid }: Child, url: string, size: number): Promise<Figures> {
  const before = usageOf(pid)
  const { stdout } = await run('curl', ['-s', '-o', '/dev/null', '-w', '%{size_download} %{time_total}', url])
  const after = usageOf(pid)
  const [bytes, seconds] = stdout.split(' ').map(Number)
  if (bytes !== size) throw new Error(`${bytes} bytes came instead of ${size}`)
  return {
    'MB/s': size / 1e6 / seconds!,
    'CPU s/GB': ((after.cpuSeconds - before.cpuSeconds) * 1e9) / size,
    'peak MB': after.peakMemory / 1e6,
  }
}
