import { execFileSync } from 'node:child_process'
import { libtorrent } from './opponents/libtorrent.ts'
import type { Figures, Scenario } from './scenario.ts'
import { writeRandomFolder } from './test-data.ts'
import { figuresOf } from './transfer.ts'
import { chosen, prepareTransfers } from './transfer-scenario.ts'

const opponents = [libtorrent]
const fileSize = 8192

/** Many small files: what each file costs. */
export const small: Scenario = {
  name: 'small',
  summary: '10,000 files of 8 KiB, beside `cp -r` of the same folder',
  opponents: opponents.map(({ name }) => name),
  prepare(options) {
    const size = options.size ?? fileSize * (options.smoke ? 500 : 10_000)
    return prepareTransfers({
      write: path => writeRandomFolder(path, Math.ceil(size / fileSize), fileSize),
      opponents: chosen(opponents, options),
      figures: transfer => ({ 'share s': transfer.shareSeconds, ...figuresOf(transfer, size) }),
      others: { 'cp -r': copy },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        const copied = medians.get('cp -r')?.seconds ?? Number.NaN
        return [
          { what: 'seconds, 1.3 times cp -r', value: mine.seconds ?? Number.NaN, limit: 1.3 * copied },
          { what: 'seconds to make it shareable', value: mine['share s'] ?? Number.NaN, limit: 1 },
        ]
      },
    })
  },
}

async function copy(source: string, into: string): Promise<Figures> {
  const began = performance.now()
  execFileSync('cp', ['-r', source, into])
  return { seconds: (performance.now() - began) / 1000 }
}
