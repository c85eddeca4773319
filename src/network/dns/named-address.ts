/** A multiaddr that begins with a name: `dns`, `dns4` and `dns6` lead to a machine, `dnsaddr` to whole multiaddrs. */
export interface NamedAddress {
  readonly kind: 'dns' | 'dns4' | 'dns6' | 'dnsaddr'
  readonly host: string
  /** What follows the name: begins with a slash, or is empty. */
  readonly rest: string
}

/** Bounds of what is looked up for one list of addresses: names, how far they lead on, what comes of all; of one name the texts, and characters of a text; and how long it may take. */
export const addressNameLimits: Readonly<
  Record<'names' | 'depth' | 'addresses' | 'texts' | 'addressLength' | 'lookUpMs', number>
> = { names: 32, depth: 4, addresses: 64, texts: 64, addressLength: 512, lookUpMs: 5_000 }

const pattern = /^\/(dns|dns4|dns6|dnsaddr)\/([^/]+)((?:\/.*)?)$/
const label = /^[a-z0-9_-]{1,63}$/i
const maxNameLength = 253
const textPrefix = 'dnsaddr='
const relayed = '/p2p-circuit'

/** Whether a multiaddr begins with a name, be it one that no machine can have. */
export function isNamed(address: string): boolean {
  return /^\/dns(?:4|6|addr)?\//.test(address)
}

/** What a multiaddr says that begins with a name. Undefined for all others, and for what is no name. */
export function parseNamed(address: string): NamedAddress | undefined {
  if (address.length > addressNameLimits.addressLength) return undefined
  const [, kind, host = '', rest = ''] = pattern.exec(address) ?? []
  if (kind === undefined || host.length > maxNameLength) return undefined
  const isName = host
    .replace(/\.$/, '')
    .split('.')
    .every(part => label.test(part))
  return isName ? { kind: kind as NamedAddress['kind'], host, rest } : undefined
}

/**
 * Where the texts under `_dnsaddr.NAME` lead for a multiaddr `/dnsaddr/NAME` with that rest (multiaddr specification, `dnsaddr`): those that end
 * as it does. What comes behind a relay is nothing that the name could tell, so only what stands before that counts.
 */
export function multiaddrsIn(texts: readonly string[], rest: string): string[] {
  const at = rest.indexOf(relayed)
  const [end, behind] = at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at)]
  return texts
    .slice(0, addressNameLimits.texts)
    .filter(text => text.startsWith(`${textPrefix}/`) && text.endsWith(end))
    .map(text => text.slice(textPrefix.length) + behind)
    .filter(text => text.length <= addressNameLimits.addressLength)
}
