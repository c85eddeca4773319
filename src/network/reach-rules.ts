import type { Blocklist } from './blocklist.ts'
import type { LocalNetworks } from './local-networks.ts'
import { isLanIp, isLoopbackIp, type Path, pathOf } from './path.ts'

export interface ReachRulesParts {
  readonly blocklist: Blocklist
  readonly local: LocalNetworks
  readonly lanOnly: boolean
}

/** Who may be talked to, and what is near. */
export class ReachRules {
  readonly #parts: ReachRulesParts

  constructor(parts: ReachRulesParts) {
    this.#parts = parts
  }

  /** See `Network.mayReach`. */
  readonly mayReach = (ip: string): boolean => {
    const { blocklist, lanOnly } = this.#parts
    return !blocklist.blocksIp(ip) && (!lanOnly || this.isNear(ip))
  }

  readonly mayMeet = (peer: string): boolean => !this.#parts.blocklist.blocksPeer(peer)

  /** Whether it is this machine or on a network that is not the internet. */
  readonly isNear = (ip: string): boolean => isLoopbackIp(ip) || isLanIp(ip) || this.#parts.local.contains(ip)

  readonly pathOf = (address: string): Path => pathOf(address, this.#parts.local.contains)
}
