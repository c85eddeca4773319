import { isIPv4 } from 'node:net'
import { isLoopbackIp, isPrivateIp } from '../path.ts'
import type { GatewayOff } from './gateway-report.ts'

export interface MapWishes {
  readonly portMapping: boolean
  readonly lanOnly: boolean
  /** Where this peer listens. */
  readonly hosts: readonly string[]
}

/** Why ports are not to be opened, as things are now; undefined: they are. `own`: the addresses of this machine. */
export function reasonNotToMap(wishes: MapWishes, own: readonly string[]): GatewayOff | undefined {
  if (!wishes.portMapping) return 'config'
  if (wishes.lanOnly) return 'lan-only'
  const hosts = wishes.hosts.filter(isIPv4)
  if (hosts.length === 0) return 'not-listening'
  if (hosts.every(isLoopbackIp)) return 'loopback'
  const listened = hosts.includes('0.0.0.0') ? own : own.filter(ip => hosts.includes(ip))
  return listened.some(ip => isIPv4(ip) && !isPrivateIp(ip)) ? 'public' : undefined
}
