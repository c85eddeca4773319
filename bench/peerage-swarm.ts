import { join } from 'node:path'
import { linkOf } from './peerage.ts'
import { startPeerage } from './peerage-daemon.ts'
import type { SwarmSystem } from './swarm-system.ts'

/** Peerage daemons on hosts of a lab; the link names the seed only, the receivers hear of one another from it. */
export const peerageSwarm: SwarmSystem = {
  name: 'peerage',
  missing: () => undefined,
  async prepare({ lab, source, receivers, home, intoOf }) {
    const startOn = (host: number) =>
      startPeerage(join(home, String(host)), { start: command => lab.run(host, command) })
    const [seed, ...others] = await Promise.all([startOn(0), ...receivers.map(startOn)])
    const link = linkOf(await seed.call('files.share', { path: source }))
    const daemons = new Map(receivers.map((host, index) => [host, others[index]]))
    return {
      async fetch(host) {
        await daemons.get(host)?.call('files.get', { link, into: intoOf(host) })
      },
      killSeed: () => seed.kill('SIGKILL'),
      async [Symbol.asyncDispose]() {
        await Promise.all([seed, ...others].map(daemon => daemon.kill('SIGKILL')))
      },
    }
  },
}
