import { isIP } from 'node:net'
import type { Endpoint } from '../datagrams.ts'
import type { Resolve } from './resolve.ts'

/** Names that have a stand-in at a time; the oldest lose theirs. */
export const maxStandIns = 4_096

/** 198.18.0.0/15 (RFC 2544) is for measurements in laboratories: nobody is there. */
const size = 0x1fffe

/** Whether an address may stand for a name; then an answer comes from another one. */
export function isStandIn(address: string): boolean {
  return /^198\.1[89]\./.test(address)
}

/** Whether what came from `from` may be an answer to what went to `to`. */
export function isFrom(to: Endpoint, from: Endpoint): boolean {
  return to.port === from.port && (to.address === from.address || isStandIn(to.address))
}

/**
 * Addresses that stand for names: who asks for a name gets one, and when it is dialled, the name goes to the proxy, which looks it up. So no
 * question for a name is asked from here.
 */
export class StandIns {
  readonly #names = new Map<string, string>()
  readonly #addresses = new Map<string, string>()
  #next = 0

  readonly resolve: Resolve = async (host, family) => {
    if (isIP(host) !== 0) return [{ address: host, family: isIP(host) }]
    return family === 6 ? [] : [{ address: this.#standInOf(host.toLowerCase()), family: 4 }]
  }

  /** The name that an address stands for, or the address. Undefined: it stands for nothing any more. */
  meant(address: string): string | undefined {
    return isStandIn(address) ? this.#names.get(address) : address
  }

  #standInOf(name: string): string {
    const known = this.#addresses.get(name)
    if (known !== undefined) return known
    const number = 1 + (this.#next++ % size)
    const address = `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
    this.#addresses.set(name, address)
    this.#names.set(address, name)
    if (this.#names.size > maxStandIns) this.#forget()
    return address
  }

  #forget(): void {
    const [oldest] = this.#names
    this.#names.delete(oldest![0])
    this.#addresses.delete(oldest![1])
  }
}
