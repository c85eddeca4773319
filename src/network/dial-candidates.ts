import { parseAddress } from './address-book.ts'
import type { NetworkConfig } from './config.ts'
import type { FoundAddresses } from './discovery/index.ts'
import { type AddressNames, isNamed } from './dns/index.ts'
import { isLocalPath, type Path } from './path.ts'
import { byNearness } from './race-dial.ts'
import { streamOf } from './stream-of.ts'

export interface CandidatesPorts {
  readonly config: Pick<NetworkConfig, 'lanOnly' | 'maxAddressesPerPeer'>
  readonly names: Pick<AddressNames, 'lookUp'>
  pathOf(address: string): Path
  /** Whether that multiaddr leads to somebody who may be talked to. */
  mayDial(address: string): boolean
}

/** What is known of where a peer is, when the dialling begins. */
export interface Known {
  /** PeerId; undefined: whoever is there. */
  readonly peer: string | undefined
  /** Without /p2p/ where the peer is known. */
  readonly addresses: readonly string[]
  /** Not to be tried again. */
  readonly tried?: readonly string[]
  /** Further ones as others tell them. */
  found?(signal: AbortSignal): AsyncIterable<FoundAddresses>
}

/** Where a peer can be dialled: what of its addresses may be, at once, and what becomes known only meanwhile. */
export class DialCandidates {
  readonly #ports: CandidatesPorts

  constructor(ports: CandidatesPorts) {
    this.#ports = ports
  }

  /** Those that may be dialled. Where a name leads is looked at when that is known. */
  allowed(addresses: readonly string[]): string[] {
    return addresses.filter(address => isNamed(address) || this.#isAllowed(address))
  }

  /** Those that need not be looked up. */
  atOnce({ addresses }: Pick<Known, 'addresses'>): string[] {
    return addresses.filter(address => !isNamed(address))
  }

  /**
   * Where names lead and what others find, as it comes: nothing twice, and only so many. `onProblem` gets names that lead nowhere.
   * Throws `signal.reason` only.
   */
  later(
    { peer, addresses, tried: before = [], found }: Known,
    signal: AbortSignal,
    onProblem: (name: string, problem: unknown) => void,
  ): AsyncIterable<string> | undefined {
    const named = addresses.filter(isNamed)
    if (named.length === 0 && found === undefined) return undefined
    return streamOf<string>(signal, async (tell, own) => {
      const enough = new AbortController()
      const either = AbortSignal.any([own, enough.signal])
      const tried = new Set([...before, ...this.atOnce({ addresses })])
      const names = new Set([...before, ...addresses].filter(isNamed))
      let left = this.#ports.config.maxAddressesPerPeer
      const take = (address: string): void => {
        if (left === 0 || tried.has(address)) return
        tried.add(address)
        tell(address)
        if (--left === 0) enough.abort(new Error('That are enough addresses.'))
      }
      const lookUp = (name: string): Promise<void> =>
        this.#lookUp(name, peer, either, take).catch(problem => onProblem(name, problem))
      const lookUps = named.map(lookUp)
      try {
        for await (const batch of found?.(either) ?? [])
          for (const address of byNearness(this.allowed(ofPeer(batch.addresses, peer)))) {
            if (!isNamed(address)) take(address)
            else if (!names.has(address)) {
              names.add(address)
              lookUps.push(lookUp(address))
            }
          }
      } finally {
        await Promise.all(lookUps)
      }
    })
  }

  async #lookUp(
    name: string,
    peer: string | undefined,
    signal: AbortSignal,
    take: (address: string) => void,
  ): Promise<void> {
    const whole = peer === undefined ? name : `${name}/p2p/${peer}`
    await this.#ports.names.lookUp([whole], signal, address => {
      for (const one of peer === undefined ? [address] : ofPeer([address], peer))
        if (this.#isAllowed(one)) take(one)
    })
  }

  #isAllowed(address: string): boolean {
    const { config, pathOf, mayDial } = this.#ports
    return address !== '' && mayDial(address) && (!config.lanOnly || isLocalPath(pathOf(address)))
  }
}

/** Those of that peer, without /p2p/. */
function ofPeer(addresses: readonly string[], peer: string | undefined): string[] {
  return addresses
    .map(parseAddress)
    .flatMap(parsed => (parsed !== undefined && (parsed.peer ?? peer) === peer ? [parsed.address] : []))
}
