import { libtorrent } from './opponents/libtorrent.ts'
import type { Scenario } from './scenario.ts'
import { writeRandomFile } from './test-data.ts'
import { figuresOf } from './transfer.ts'
import { chosen, prepareTransfers } from './transfer-scenario.ts'

const opponents = [libtorrent]
const gibibyte = 1024 ** 3

/** One large file: the speed of the machine. */
export const single: Scenario = {
  name: 'single',
  summary: 'a 1 GiB file, one source, one receiver',
  opponents: opponents.map(({ name }) => name),
  prepare(options) {
    const size = options.size ?? (options.smoke ? gibibyte / 16 : gibibyte)
    return prepareTransfers({
      write: path => writeRandomFile(path, size),
      opponents: chosen(opponents, options),
      figures: transfer => figuresOf(transfer, size),
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        const theirs = medians.get('libtorrent')?.['MB/s']
        return [
          ...(theirs === undefined
            ? []
            : [{ what: 'MB/s, as libtorrent', value: mine['MB/s'] ?? 0, limit: theirs, atLeast: true }]),
          { what: 'sender peak MB', value: mine['sender peak MB'] ?? Number.NaN, limit: 300 },
          { what: 'receiver peak MB', value: mine['receiver peak MB'] ?? Number.NaN, limit: 300 },
        ]
      },
    })
  },
}
