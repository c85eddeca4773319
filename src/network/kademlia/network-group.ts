import { parseIp } from '../../base/index.ts'
import { ipOf, isPrivateIp } from '../path.ts'

/**
 * What one owner easily has many addresses of: the IPv4 /24 or IPv6 /56 that a multiaddr begins with. Undefined for names, and for
 * addresses of this machine and of local networks, where many peers are one owner's anyway.
 */
export function networkGroupOf(address: string): string | undefined {
  const ip = ipOf(address)
  if (ip === '' || isPrivateIp(ip)) return undefined
  const [first, second] = parseIp(ip) ?? []
  if (first === undefined) return undefined
  return second === undefined ? `${first >>> 8}` : `${first}:${second >>> 8}`
}

/** How many there are of each group. */
export class GroupCounts {
  readonly #counts = new Map<string, number>()

  /** 0 for what belongs to no group. */
  of(group: string | undefined): number {
    return group === undefined ? 0 : (this.#counts.get(group) ?? 0)
  }

  add(group: string | undefined): void {
    if (group !== undefined) this.#counts.set(group, this.of(group) + 1)
  }

  remove(group: string | undefined): void {
    if (group === undefined) return
    const left = this.of(group) - 1
    if (left > 0) this.#counts.set(group, left)
    else this.#counts.delete(group)
  }
}
