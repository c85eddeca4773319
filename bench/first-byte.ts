import { libtorrent } from './opponents/libtorrent.ts'
import type { Scenario } from './scenario.ts'
import { writeRandomFile } from './test-data.ts'
import { chosen, prepareTransfers } from './transfer-scenario.ts'

const opponents = [libtorrent]
const defaultSize = 64 * 1024 ** 2

/** How soon something is there: what a person waits for. */
export const firstByte: Scenario = {
  name: 'first-byte',
  summary: 'first verified byte of a 64 MiB file between idle running peers',
  opponents: opponents.map(({ name }) => name),
  prepare(options) {
    const size = options.size ?? (options.smoke ? defaultSize / 4 : defaultSize)
    return prepareTransfers({
      write: path => writeRandomFile(path, size),
      opponents: chosen(opponents, options),
      figures: ({ firstByteSeconds, seconds }) => ({ 'first byte s': firstByteSeconds, seconds }),
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        return [
          {
            what: 'seconds to the first verified byte',
            value: mine['first byte s'] ?? Number.NaN,
            limit: 0.1,
          },
          { what: 'seconds to the end', value: mine.seconds ?? Number.NaN, limit: 0.35 },
        ]
      },
    })
  },
}
