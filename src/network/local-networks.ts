import { BlockList, isIPv4 } from 'node:net'
import { machineInterfaces } from './machine-interfaces.ts'

/** The networks this machine is attached to, as of the latest `refresh`. */
export class LocalNetworks {
  #subnets: BlockList = new BlockList()
  #snapshot = ''
  #own: ReadonlySet<string> = new Set()

  constructor() {
    this.refresh()
  }

  /** Reads the interfaces again; true when they changed. */
  refresh(): boolean {
    const subnets = new BlockList()
    const cidrs: string[] = []
    const own = new Set<string>()
    for (const address of Object.values(machineInterfaces()).flatMap(entries => entries ?? [])) {
      own.add(address.address)
      cidrs.push(address.cidr ?? address.address)
      const prefix = Number(address.cidr?.split('/')[1])
      if (Number.isInteger(prefix) && prefix > 0)
        subnets.addSubnet(address.address, prefix, address.family === 'IPv4' ? 'ipv4' : 'ipv6')
    }
    const snapshot = cidrs.sort().join()
    const changed = snapshot !== this.#snapshot
    this.#snapshot = snapshot
    this.#subnets = subnets
    this.#own = own
    return changed
  }

  /** True when `ip` is an address of this machine. */
  isOwn(ip: string): boolean {
    return this.#own.has(ip)
  }

  /** True when `ip` is on a network of this machine. */
  readonly contains = (ip: string): boolean => {
    const zoneless = ip.split('%')[0]!
    try {
      return this.#subnets.check(zoneless, isIPv4(zoneless) ? 'ipv4' : 'ipv6')
    } catch {
      return false
    }
  }
}
