import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemWorld } from '../../src/base/index.ts'
import type { PeerEvent } from '../../src/peer/index.ts'
import { openStore, type Store, type StoredContent } from '../../src/store/index.ts'
import { HostilePeer, type Manners } from './hostile-peer.ts'
import { get, Peers, recorded, share } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

export interface Outcome {
  /** What arrived is what was shared, byte for byte. */
  readonly right: boolean
  /** What the victim told about the liar, and about anybody else. */
  readonly blamed: readonly string[]
  readonly others: readonly PeerEvent[]
  readonly errors: readonly PeerEvent[]
  readonly liar: HostilePeer
  /** By how much the memory in use by this process (attacker included) grew at most, in bytes. */
  readonly grownBytes: number
}

/** One honest peer, rather slow, with a folder of 3 MB; each attack is a new victim that gets it from both. */
export class Battlefield {
  readonly peers: Peers = new Peers()
  link = ''
  #store: Store | undefined
  #truth: StoredContent | undefined
  #count = 0

  async prepare(): Promise<void> {
    const honest = await this.peers.start('honest', { 'files.uploadBytesPerSecond': 8_000_000 })
    const source = makeTree(this.peers.path('src', 'prey'), {
      big: bytesOf(1, 2_500_000),
      'sub/small': bytesOf(2, 500_000),
    })
    this.link = (await share(honest, source, { pieceLength: 262_144 })).link
    this.#store = await openStore({ home: this.peers.home('truth'), world: systemWorld, workers: 1 })
    this.#truth = await this.#store.createShare(source, { pieceLength: 262_144 })
  }

  async end(): Promise<void> {
    await this.#store?.close()
    await this.peers.end()
  }

  async attack(manners: Manners, set: Readonly<Record<string, unknown>> = {}): Promise<Outcome> {
    const name = `victim-${this.#count++}`
    const victim = await this.peers.start(name, set)
    const events = recorded(victim)
    const liar = await HostilePeer.start(this.link, this.#truth!, manners)
    collectGarbage()
    const before = memoryBytes()
    let most = before
    const watch = systemWorld.every(20, () => {
      if (memoryBytes() - before > noticedBytes) collectGarbage()
      most = Math.max(most, memoryBytes())
    })
    try {
      await get(victim, liar.addTo(this.link), this.peers.path(name))
      // What was told on the way out of the last turn.
      await new Promise(resolve => setImmediate(resolve))
      const right = sameTrees(treeOf(this.peers.path('src', 'prey')), treeOf(this.peers.path(name, 'prey')))
      const misbehaved = events.filter(event => event.type === 'peer.misbehaved')
      return {
        right,
        blamed: misbehaved.filter(event => event.peer === liar.peerId).map(event => event.what),
        others: misbehaved.filter(event => event.peer !== liar.peerId),
        errors: events.filter(event => event.type === 'error.occurred'),
        liar,
        grownBytes: most - before,
      }
    } finally {
      watch.cancel()
      await this.peers.stop(victim)
      await liar.network.stop()
    }
  }
}

/** From this growth on garbage is told from what is in use: how late it is collected depends on the machine. */
const noticedBytes = 33_554_432

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function sameTrees(one: Record<string, string>, other: Record<string, string>): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every(name => one[name] === other[name])
}
