import type { Answer } from '../../api/client.ts'

export type Facts = Answer<'reach.doctor'>['facts']

/** How it stands with being reached, in one word. */
export type Standing =
  | 'stuck'
  | 'open'
  | 'lan'
  | 'here'
  | 'nowhere'
  | 'relayed'
  | 'punched'
  | 'closed'
  | 'mapped'
  | 'unknown'

export type StandingTone = 'good' | 'warn' | 'bad' | 'info'
export const tones: Readonly<Record<Standing, StandingTone>> = {
  stuck: 'bad',
  open: 'good',
  lan: 'good',
  here: 'warn',
  nowhere: 'bad',
  relayed: 'warn',
  punched: 'warn',
  closed: 'bad',
  mapped: 'good',
  unknown: 'info',
}

/** The most important thing first: whether anything leaves at all, then whether others come in. */
export function standingOf({ egress, port, gateway, relays, nat, addresses }: Facts): Standing {
  if (!egress.isUp) return 'stuck'
  if (port.verdict === 'open') return 'open'
  if (gateway?.off === 'lan-only') return 'lan'
  const kinds = addresses.map(kindOf)
  if (kinds.length === 0) return 'nowhere'
  if (kinds.every(kind => kind === 'here')) return 'here'
  if (port.verdict === 'unknown')
    return gateway?.state === 'mapped' && !gateway.doubleNat
      ? 'mapped'
      : relays.used.length > 0
        ? 'relayed'
        : 'unknown'
  if (relays.used.length > 0) return 'relayed'
  return nat.some(({ kind }) => kind === 'easy' || kind === 'none') ? 'punched' : 'closed'
}

/** What a person can do at the router or the computer, when the program cannot. */
export type WayIn = 'second-router' | 'firewall' | 'forward'

export function wayIn({ gateway }: Facts): WayIn {
  if (gateway?.doubleNat) return 'second-router'
  return gateway?.state === 'mapped' ? 'firewall' : 'forward'
}

export type AddressKind = 'internet' | 'lan' | 'here' | 'relayed'

/** Where an address (a multiaddr) means something. */
export function kindOf(address: string): AddressKind {
  if (address.includes('/p2p-circuit')) return 'relayed'
  const ip = address.split('/')[2] ?? ''
  if (/^(127\.|::1$)/.test(ip) || address.startsWith('/memory')) return 'here'
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab])/i.test(
    ip,
  )
    ? 'lan'
    : 'internet'
}

/** The address in the local network to which a router should forward. */
export function localAddress({ addresses }: Facts): string | undefined {
  const own = addresses.find(one => one.startsWith('/ip4/') && kindOf(one) === 'lan')
  return own?.split('/')[2]
}
