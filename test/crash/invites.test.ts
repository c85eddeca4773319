import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../../src/access/index.ts'
import { PeerageError, seededRandom } from '../../src/base/index.ts'
import { createPeer, type Peer } from '../../src/peer/index.ts'
import { newFolder, run } from './program.ts'

const root = newFolder()
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const takers: Peer[] = []
const givers: Giver[] = []

beforeAll(async () => {
  process.setMaxListeners(100)
  const set = { 'network.port': 0, 'network.mdns': false, 'network.hosts': ['127.0.0.1'], 'store.workers': 1 }
  for (const name of ['ann', 'ben', 'cat']) takers.push(await createPeer({ home: `${root}/${name}`, set }))
})

afterAll(async () => {
  await Promise.all([...takers.map(peer => peer.stop()), ...givers.map(giver => giver.kill())])
  fs.rmSync(root, { recursive: true, force: true })
})

/** A giver in a process of its own, see `invite-child.ts`. */
class Giver {
  readonly #child: ReturnType<typeof spawn>
  readonly #said: () => string

  constructor(home: string, kind: string, point: string, port = '0') {
    const args = [`${import.meta.dirname}/invite-child.ts`, home, kind, point, port]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    givers.push(this)
    let text = ''
    this.#child.stdout!.on('data', chunk => {
      text += chunk
    })
    this.#said = () => text
  }

  /** The rest of the line that begins so, once it is there. */
  async says(word: string): Promise<string> {
    for (;;) {
      const found = new RegExp(`^${word}(?: (.*))?\n`, 'm').exec(this.#said())
      if (found !== null) return found[1] ?? ''
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${word}`)
      await pause(5)
    }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
  }
}

/** What a user reads and a program gets of the invites that were given out, after a restart. */
async function invitesOf(home: string): Promise<{ list: Invite[]; text: string }> {
  const list = JSON.parse((await run(home, 'invites', '--json')).stdout)
  return { list, text: (await run(home, 'invites')).stdout }
}

/** How a try to take it ended: `accepted`, or with which code. */
async function accept(taker: Peer, link: string, timeout: number): Promise<string> {
  try {
    for await (const { phase } of taker.invites.accept({ invite: [link], timeout }))
      if (phase === 'accepted') return phase
    return 'nothing'
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

/** For who is there to answer, which takes a moment only where nothing else runs. */
const patienceS = 15

const acceptAll = (link: string, timeout: number): Promise<string[]> =>
  Promise.all(takers.map(taker => accept(taker, link, timeout)))

const portOf = (address: string): string => /\/tcp\/(\d+)/.exec(address)![1]!

describe('who gives an invite is killed', () => {
  it.each([
    ['contact', 'used'],
    ['circle', 'used'],
    ['circle', 'member'],
  ])('an invite (%s) stays used when that was at "%s", and the user reads it', async (kind, point) => {
    const home = `${root}/${kind}-${point}`
    const ann = takers[0]!
    const giver = new Giver(home, kind, point)
    const link = await giver.says('link')
    const port = portOf(await giver.says('ready'))
    const taking = accept(ann, link, 3)
    await giver.says('still')
    await giver.kill()
    expect(await taking).toMatch(/^(invite|network|peer)\./)

    const { list, text } = await invitesOf(home)
    expect(list).toMatchObject([{ ended: 'used', usedBy: ann.peerId }])
    expect(list[0]).not.toHaveProperty('given')
    expect(text).toContain('perhaps in vain: make a new one')
    // It is there again where the link says, and gives a new one; but not this one, to nobody.
    const anew = new Giver(home, 'contact', 'nowhere', port)
    const newLink = await anew.says('link')
    expect(portOf(await anew.says('ready'))).toBe(port)
    expect(await acceptAll(link, patienceS)).toEqual(takers.map(() => 'invite.refused'))
    expect(await accept(ann, newLink, patienceS)).toBe('accepted')
    await anew.kill()
  })

  it(`at any moment: it is given once at most (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 4; round++) {
      const home = `${root}/round-${round}`
      const giver = new Giver(home, 'contact', 'nowhere')
      const link = await giver.says('link')
      const port = portOf(await giver.says('ready'))
      const first = acceptAll(link, 2)
      await pause(random.below(250))
      await giver.kill()
      const before = await first
      const anew = new Giver(home, 'none', 'nowhere', port)
      await anew.says('ready')
      const after = await acceptAll(link, patienceS)
      await anew.kill()
      const [one] = (await invitesOf(home)).list
      const takes = [...before, ...after].filter(outcome => outcome === 'accepted').length
      console.info(`round ${round}: ${before.join(', ')}; then ${after.join(', ')}`)
      // One that was not used before the kill is good after it; who got it is noted.
      expect({ seed, round, ended: one!.ended }).toEqual({ seed, round, ended: 'used' })
      expect(takes).toBeLessThanOrEqual(1)
      if (one!.given) expect(takes).toBe(1)
    }
  })
})
