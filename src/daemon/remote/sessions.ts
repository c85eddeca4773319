import type { Socket } from 'node:net'
import { sha256, type Timer, toHex, utf8, type World } from '../../base/index.ts'
import type { Session } from '../http-guard.ts'
import type { RemoteConfig } from './config.ts'

/** In the world's monotonic milliseconds. */
interface Entry {
  isOver: boolean
  readonly beganAt: number
  usedAt: number
  /** Connections that showed its key, which end with it. */
  readonly sockets: Set<Socket>
}

const sweepMs = 60_000
/** The answer to what ended a session should still arrive. */
const graceMs = 1_000

/** Who is signed in, in memory. A session ends when it is not used or old, when there are too many, and when it is told to. */
export class Sessions {
  readonly #world: World
  readonly #limits: () => Pick<RemoteConfig, 'maxSessions' | 'sessionIdleMs' | 'sessionMaxMs'>
  /** By the hash of their key, in the order of their last use. */
  readonly #all = new Map<string, Entry>()
  readonly #sweep: Timer

  constructor(
    world: World,
    limits: () => Pick<RemoteConfig, 'maxSessions' | 'sessionIdleMs' | 'sessionMaxMs'>,
  ) {
    this.#world = world
    this.#limits = limits
    this.#sweep = world.every(sweepMs, () => this.#endOld())
  }

  get count(): number {
    return this.#all.size
  }

  /** Gives the key of a new session: 64 hexadecimal digits. */
  begin(): string {
    const key = toHex(this.#world.random.bytes(32))
    const now = this.#world.now()
    this.#all.set(nameOf(key), { isOver: false, beganAt: now, usedAt: now, sockets: new Set() })
    for (const oldest of this.#all.keys()) {
      if (this.#all.size <= this.#limits().maxSessions) break
      this.#end(oldest)
    }
    return key
  }

  /** The session of a key that came over this connection; undefined when there is none any more. */
  use(key: string, socket: Socket): Session | undefined {
    const name = nameOf(key)
    const entry = this.#all.get(name)
    if (entry === undefined) return undefined
    if (this.#isOld(entry)) {
      this.#end(name)
      return undefined
    }
    entry.usedAt = this.#world.now()
    this.#all.delete(name)
    this.#all.set(name, entry)
    if (!entry.sockets.has(socket)) {
      entry.sockets.add(socket)
      socket.once('close', () => entry.sockets.delete(socket))
    }
    return entry
  }

  end(key: string): void {
    this.#end(nameOf(key))
  }

  endAll(): void {
    for (const name of [...this.#all.keys()]) this.#end(name)
  }

  stop(): void {
    this.#sweep.cancel()
    this.endAll()
  }

  #end(name: string): void {
    const entry = this.#all.get(name)
    if (entry === undefined) return
    this.#all.delete(name)
    entry.isOver = true
    this.#world.after(graceMs, () => {
      for (const socket of entry.sockets) socket.destroy()
    })
  }

  #endOld(): void {
    for (const [name, entry] of [...this.#all]) if (this.#isOld(entry)) this.#end(name)
  }

  #isOld({ beganAt, usedAt }: Entry): boolean {
    const { sessionIdleMs, sessionMaxMs } = this.#limits()
    const now = this.#world.now()
    return now - usedAt > sessionIdleMs || now - beganAt > sessionMaxMs
  }
}

/** What is looked for is no secret: a comparison of it tells nothing. */
function nameOf(key: string): string {
  return toHex(sha256(utf8(key)))
}
