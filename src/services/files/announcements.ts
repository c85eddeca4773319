import { contentResource } from '../../access/index.ts'
import { toHex } from '../../base/index.ts'
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
  readonly #stopListening: () => void

  constructor(host: FilesHost, find: (infoHash: string) => Transfer | undefined) {
    this.#host = host
    const look = (id: string): void => {
      const transfer = find(id)
      if (transfer !== undefined) this.look(transfer)
    }
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
    if (topic !== undefined && network !== undefined)
      this.#all.set(transfer.id, { topic: toHex(topic), end: network.announceTopic(topic) })
  }

  forget(id: string): void {
    this.#all.get(id)?.end()
    this.#all.delete(id)
  }

  stop(): void {
    this.#stopListening()
    for (const id of [...this.#all.keys()]) this.forget(id)
  }
}
