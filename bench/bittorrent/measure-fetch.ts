import { setTimeout as pause } from 'node:timers/promises'
import { measureTransfer, type Transfer } from '../transfer.ts'
import type { TorrentReceiver, TorrentSeed } from './program.ts'

/** Fetches from a seed; rejects when that takes longer than `patienceMs`. The first byte is not looked for. */
export function measureFetch(
  name: string,
  seed: TorrentSeed,
  fetching: TorrentReceiver,
  patienceMs: number,
): Promise<Transfer> {
  const late = pause(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`${name} is not done after ${patienceMs} ms`)
  })
  return measureTransfer({
    sender: seed.process,
    receiver: fetching.process,
    shareSeconds: 0,
    async run() {
      const began = performance.now()
      await Promise.race([fetching.fetch([seed.endpoint]), late])
      return { seconds: (performance.now() - began) / 1000, firstByteSeconds: Number.NaN }
    },
    [Symbol.asyncDispose]: async () => {},
  })
}
