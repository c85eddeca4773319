import type { DiscoverySource, GatewayMethod, Path } from '../../../network/index.ts'
import type { IpfsFacts } from '../host.ts'
import type { roomKeys } from './remedies.ts'

/** Nothing but the code is to be said. */
type None = Readonly<Record<never, never>>

/** Everything that the doctor can find, each with what its sentences speak of. */
export interface FindingValues {
  readonly 'addresses.networks': {
    readonly addresses: readonly { readonly ip: string; readonly where: 'lan' | 'internet' }[]
  }
  readonly 'addresses.machine': None
  readonly 'addresses.nowhere': None
  readonly 'ipv6.there': None
  readonly 'ipv6.missing': None
  readonly 'egress.held': WayOutValues
  /** `problem`: as the system says it. */
  readonly 'egress.stuck': WayOutValues & { readonly problem?: string }
  readonly 'proxy.no-udp': { readonly problem?: string }
  readonly 'udp.gone': { readonly problem?: string }
  readonly 'private.alone': { readonly fingerprint: string }
  readonly 'private.tried': {
    readonly fingerprint: string
    /** Connections that were ended, and of the latest its address and how long ago. */
    readonly refused: number
    readonly address: string
    readonly minutes: number
  }
  readonly 'router.needless': None
  readonly 'router.lan-only': None
  readonly 'router.off': None
  readonly 'router.searching': None
  readonly 'router.none': None
  readonly 'router.mapped': {
    readonly router: string
    readonly method: GatewayMethod
    readonly ports: readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[]
  }
  /** The router's own address is none of the internet: another one stands before it, at home or at the provider. */
  readonly 'router.second': RouterValues & { readonly address: string }
  readonly 'router.provider': RouterValues & { readonly address: string }
  readonly 'router.refused': RouterValues & TriedValues
  /** It does not open ports, but the port is open. */
  readonly 'router.open-anyhow': RouterValues & TriedValues
  readonly 'outside-address.differs': { readonly said: string; readonly seen: string; readonly by: number }
  readonly 'outside.came': { readonly count: number; readonly minutes: number }
  readonly 'outside.asked': { readonly udp: boolean }
  readonly 'outside.unknown': None
  readonly 'outside.closed': {
    /** What lets others in: the outer router, the firewall here, or the router. */
    readonly way: 'second-router' | 'firewall' | 'forward'
    readonly port: number
    /** Where the router has to send them; absent: to this machine. */
    readonly target?: string
    /** Through whom it goes until then. */
    readonly relays: readonly string[]
    readonly punches: boolean
  }
  readonly 'nat.none': None
  readonly 'nat.easy': { readonly endpoint?: { readonly address: string; readonly port: number } }
  readonly 'nat.hard': None
  readonly 'nat.blocked': None
  readonly 'relays.used': { readonly names: readonly string[] }
  readonly 'relays.refused': None
  readonly 'relays.none': None
  readonly 'finders.asked': { readonly finders: readonly DiscoverySource[] }
  readonly 'finders.nobody': None
  readonly 'connections.none': None
  readonly 'connections.some': {
    readonly count: number
    readonly ways: readonly { readonly path: Path; readonly count: number }[]
  }
  readonly 'paths.relayed': None
  readonly 'limits.full': {
    readonly what: (typeof roomKeys)[number] | 'network.maxPendingInbound' | 'network.maxBufferedBytes'
    readonly used: number
    readonly max: number
  }
  readonly 'dht.nodes': { readonly count: number }
  readonly 'dht.none': None
  readonly 'ipfs.nodes': IpfsFacts
  readonly 'ipfs.none': None
}

export type FindingCode = keyof FindingValues

/** By which interface and through which proxy everything leaves. */
interface WayOutValues {
  readonly interface?: string
  readonly proxy?: string
}

interface RouterValues {
  readonly router: string
}

interface TriedValues {
  readonly tried: readonly { readonly method: GatewayMethod; readonly problem: string }[]
}
