import { contentResource } from '../../access/index.ts'
import { PeerageError, toHex } from '../../base/index.ts'
import type { FilesHost } from './host.ts'
import { swarmTopic } from './swarm-topic.ts'
import type { Transfer } from './transfer.ts'

interface Announced {
  readonly topic: string
  readonly end: () => void
}

/** Announces each content that is here under the topic of its swarm, as long as it is given to others. */
export class Announcements {
  readonly #host: FilesHost
  readonly #all = new Map<string, Announced>()
  /** For which there was no room. */
  readonly #refused = new Set<string>()
  readonly #stopListening: () => void
  readonly #lookAt: (id: string) => void

  constructor(host: FilesHost, find: (infoHash: string) => Transfer | undefined) {
    this.#host = host
    const look = (id: string): void => {
      const transfer = find(id)
      if (transfer !== undefined) this.look(transfer)
    }
    this.#lookAt = look
    const prefix = contentResource(new Uint8Array(0))
    this.#stopListening = host.access.onChanged(resource => {
      if (resource?.startsWith(prefix) === true) look(resource.slice(prefix.length))
    })
  }

  /** It may have come, gone, been paused, or be for others now. */
  look(transfer: Transfer): void {
    const { access, network } = this.#host
    const isGiven = transfer.stored !== undefined && !transfer.record.paused && transfer.failure === undefined
    const topic = isGiven && network !== undefined ? swarmTopic(access, transfer.infoHash) : undefined
    const known = this.#all.get(transfer.id)
    const wanted = topic && toHex(topic)
    if (known?.topic === wanted) return
    this.forget(transfer.id)
    if (topic !== undefined) this.#announce(transfer, topic)
  }

  forget(id: string): void {
    this.#refused.delete(id)
    this.#all.get(id)?.end()
    if (!this.#all.delete(id)) return
    const [next] = this.#refused
    if (next === undefined) return
    this.#refused.delete(next)
    this.#lookAt(next)
  }

  /** Those who have a link with an address reach it also when it is not announced; so that is told, and no more. */
  #announce({ id }: Transfer, topic: Uint8Array): void {
    try {
      this.#all.set(id, { topic: toHex(topic), end: this.#host.network!.announceTopic(topic) })
    } catch (error) {
      if (!(error instanceof PeerageError && error.code === 'network.limit')) throw error
      if (this.#refused.size === 0)
        this.#host.emit({ type: 'error.occurred', code: error.code, message: error.message, infoHash: id })
      this.#refused.add(id)
    }
  }

  stop(): void {
    this.#stopListening()
    this.#refused.clear()
    for (const id of [...this.#all.keys()]) this.forget(id)
  }
}
