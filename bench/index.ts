import { join } from 'node:path'
import { makeTorrent, missingLibtorrent } from './opponents/libtorrent.ts'
import { startPeerage } from './peerage-daemon.ts'
import { usageOf } from './process-usage.ts'
import type { Figures, Scenario } from './scenario.ts'
import { makeWorkFolder, type WorkFolder, warm, writeRandomFile } from './test-data.ts'

const gibibyte = 1024 ** 3

/** Making a share out of a large file: reading and hashing. */
export const index: Scenario = {
  name: 'index',
  summary: 'hashing 4 GiB to a share, beside libtorrent hashing the same',
  opponents: ['libtorrent'],
  async prepare(options) {
    const size = options.size ?? (options.smoke ? gibibyte / 8 : 4 * gibibyte)
    const work = await makeWorkFolder()
    const source = join(work.path, 'content')
    await writeRandomFile(source, size)
    const ways: Record<string, () => Promise<Cost>> = { peerage: () => sharePeerage(source, work) }
    if (missingLibtorrent() === undefined)
      ways.libtorrent = async () => makeTorrent(source, join(await work.folder('torrent'), 'content.torrent'))
    return {
      systems: Object.keys(ways),
      async measure(system) {
        await warm(source)
        return figuresOf((await ways[system]?.()) ?? noCost, size)
      },
      goals(medians) {
        const limit = medians.get('libtorrent')?.['MB/s']
        const value = medians.get('peerage')?.['MB/s'] ?? Number.NaN
        return limit === undefined ? [] : [{ what: 'MB/s, as libtorrent', value, limit, atLeast: true }]
      },
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemory: number
}

const noCost: Cost = { seconds: Number.NaN, cpuSeconds: Number.NaN, peakMemory: Number.NaN }

async function sharePeerage(source: string, work: WorkFolder): Promise<Cost> {
  await using daemon = await startPeerage(await work.folder('peerage'))
  const before = usageOf(daemon.pid)
  const began = performance.now()
  await daemon.call('files.share', { path: source })
  const seconds = (performance.now() - began) / 1000
  const after = usageOf(daemon.pid)
  return { seconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakMemory: after.peakMemory }
}

function figuresOf({ seconds, cpuSeconds, peakMemory }: Cost, bytes: number): Figures {
  return {
    seconds,
    'MB/s': bytes / 1e6 / seconds,
    'CPU s/GB': (cpuSeconds * 1e9) / bytes,
    'peak MB': peakMemory / 1e6,
  }
}
