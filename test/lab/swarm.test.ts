import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { peerageSwarm } from '../../bench/peerage-swarm.ts'
import type { PreparedSwarm } from '../../bench/swarm-system.ts'
import { writeRandomFile } from '../../bench/test-data.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'

const missing = missingForLab()
const title = missing === undefined ? 'the lab' : `the lab (skipped: ${missing})`
const size = 12 * 1024 ** 2
const receivers = [1, 2, 3, 4]

test.skipIf(missing !== undefined)(`${title}: a swarm completes from a seed on another host`, async () => {
  await inSwarm(async swarm => {
    await Promise.all(receivers.map(host => swarm.fetch(host)))
  })
})

test.skipIf(missing !== undefined)(
  `${title}: it completes although the seed leaves after one copy and a little`,
  async () => {
    await inSwarm(async (swarm, lab) => {
      let done = 0
      const all = Promise.all(receivers.map(host => swarm.fetch(host).then(() => (done += 1))))
      // A seed that is good at its work is not needed for so much: then all are done first.
      while (lab.sent(0).bytes < size * 1.2 && done < receivers.length) await pause(20)
      await swarm.killSeed()
      await all
    })
  },
)

/** Runs a seed and receivers on hosts of their own; afterwards every receiver must have what the seed had. */
async function inSwarm(act: (swarm: PreparedSwarm, lab: Lab) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'peerage-lab-'))
  try {
    const source = join(home, 'content')
    await writeRandomFile(source, size)
    const intoOf = (host: number): string => join(home, `into-${host}`)
    await Promise.all(receivers.map(host => mkdir(intoOf(host))))
    await using lab = await createLab({ hosts: 6, uplinkMbit: 20, rttMs: 20 })
    await using swarm = await peerageSwarm.prepare({ lab, source, receivers, spareHost: 5, home, intoOf })
    await act(swarm, lab)
    for (const host of receivers) {
      const differs = execFileSync('cmp', [source, join(intoOf(host), 'content')], { encoding: 'utf8' })
      expect(differs).toBe('')
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
