import type { DnsTexts } from '../../network/index.ts'

/** Bounds of what is looked up for one list of addresses: names, how far they lead on, what comes of all, and characters of one. */
export const dnsAddressLimits: Readonly<Record<'names' | 'depth' | 'addresses' | 'addressLength', number>> = {
  names: 32,
  depth: 4,
  addresses: 64,
  addressLength: 512,
}

const pattern = /^\/dnsaddr\/([^/]+)((?:\/.*)?)$/
const prefix = 'dnsaddr='

/**
 * Multiaddrs, with those of `/dnsaddr/NAME` in place of which stands what the texts under `_dnsaddr.NAME` say (multiaddr specification
 * `dnsaddr`). A name that ends with a peer means the addresses of that peer only. What cannot be looked up is left out.
 */
export async function resolvedAddresses(
  addresses: readonly string[],
  texts: (host: string) => Promise<DnsTexts>,
): Promise<string[]> {
  const found = new Set<string>()
  const asked = new Map<string, Promise<readonly string[]>>()
  const under = (host: string): Promise<readonly string[]> => {
    const known = asked.get(host)
    if (known !== undefined) return known
    if (asked.size >= dnsAddressLimits.names) return Promise.resolve([])
    const answer = texts(`_dnsaddr.${host}`).then(
      ({ texts }) => texts,
      () => [],
    )
    asked.set(host, answer)
    return answer
  }
  const follow = async (address: string, depth: number): Promise<void> => {
    const [, host, end = ''] = pattern.exec(address) ?? []
    if (host === undefined) {
      if (found.size < dnsAddressLimits.addresses) found.add(address)
      return
    }
    if (depth >= dnsAddressLimits.depth) return
    const told = (await under(host)).filter(text => text.startsWith(prefix) && text.endsWith(end))
    const next = told
      .slice(0, dnsAddressLimits.addresses)
      .map(text => text.slice(prefix.length))
      .filter(text => text.length <= dnsAddressLimits.addressLength)
    await Promise.all(next.map(one => follow(one, depth + 1)))
  }
  await Promise.all(addresses.map(address => follow(address, 0)))
  return [...found]
}
