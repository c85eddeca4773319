import type { World } from '../../base/index.ts'
import { isPrivateUrl, type Network } from '../../network/index.ts'
import type { BlockSource, Provider } from '../ports.ts'
import { GatewaySource } from './gateway-source.ts'
import { GatewayState } from './gateway-state.ts'

export interface GatewaysParts {
  readonly world: World
  readonly network: Pick<Network, 'egress' | 'mayReach'>
  /** URLs of trustless gateways that the user named. */
  readonly urls: () => readonly string[]
}

/** Gateways of which is remembered how they did. */
const maxKnown = 256
const protocol = 'transport-ipfs-gateway-http'

/** Other people's gateways: those that the user named, and those that routing finds. Those that lie are asked for nothing again, the fast ones first. */
export class Gateways {
  readonly #parts: GatewaysParts
  readonly #known = new Map<string, GatewayState>()

  constructor(parts: GatewaysParts) {
    this.#parts = parts
  }

  /** Sources for a session that begins: what may be asked now, by the speed that was measured. */
  sources(): BlockSource[] {
    const states = this.#parts.urls().map(url => this.#stateOf(url.replace(/\/+$/, '')))
    return states
      .filter(({ isUsable }) => isUsable)
      .sort((a, b) => b.bytesPerSecond - a.bytesPerSecond)
      .map(state => this.#sourceOf(state))
  }

  /** A provider that is a gateway on the web, encrypted; undefined for any other. */
  sourceOf({ addresses, protocols }: Provider): BlockSource | undefined {
    if (protocols?.includes(protocol) !== true) return undefined
    const url = addresses.map(urlOf).find(one => one !== undefined)
    const state = url === undefined ? undefined : this.#stateOf(url)
    return state?.isUsable === true ? this.#sourceOf(state) : undefined
  }

  #stateOf(url: string): GatewayState {
    const known = this.#known.get(url)
    if (known !== undefined) return known
    // A liar is not forgotten for others that nobody has asked yet.
    if (this.#known.size >= maxKnown)
      for (const [name, { isUsable }] of this.#known) {
        if (isUsable && this.#known.delete(name)) break
      }
    const state = new GatewayState(url, this.#parts.world)
    this.#known.set(url, state)
    return state
  }

  #sourceOf(state: GatewayState): BlockSource {
    const { world, network } = this.#parts
    return new GatewaySource({ world, state, egress: network.egress, mayReach: ip => network.mayReach(ip) })
  }
}

/** The URL in a multiaddr such as `/dns/example.org/tcp/443/https`. Whoever is named by others is spoken to encrypted, and is not in our own network. */
export function urlOf(address: string): string | undefined {
  if (address.length > 512) return undefined
  const parts =
    /^\/(dns|dns4|dns6|ip4|ip6)\/([a-z0-9.:-]{1,253})\/tcp\/(\d{1,5})\/(?:https|tls(?:\/sni\/[^/]+)?\/http)(?:\/p2p\/[^/]+)?$/i.exec(
      address,
    )
  if (parts === null) return undefined
  const host = parts[1]!.toLowerCase() === 'ip6' ? `[${parts[2]}]` : parts[2]
  const url = URL.parse(`https://${host}:${parts[3]}`)
  return url === null || isPrivateUrl(url) ? undefined : url.origin
}
