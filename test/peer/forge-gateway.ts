import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Forge } from './hostile-dags.ts'

/** A gateway that gives raw blocks as somebody makes them, and none of those in `withheld`. */
export class ForgeGateway {
  readonly withheld: Set<string> = new Set()
  readonly #server: Server
  asked = 0

  constructor(forge: Forge) {
    this.#server = createServer(({ url = '' }, response) => {
      this.asked++
      const [, cid = ''] = /^\/ipfs\/([^/?]+)\?format=raw$/.exec(url) ?? []
      const bytes = this.withheld.has(cid) ? undefined : forge.block(cid)
      if (bytes === undefined) response.writeHead(404).end()
      else response.end(bytes)
    })
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
