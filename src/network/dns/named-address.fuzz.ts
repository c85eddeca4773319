import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { addressNameLimits, isNamed, multiaddrsIn, parseNamed } from './named-address.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const fuzz: FuzzTarget = {
  name: 'network/named-address',
  seeds: [
    bytes('/dnsaddr/bootstrap.example/p2p/A\ndnsaddr=/dnsaddr/a.example/p2p/A\nv=spf1'),
    bytes('/dnsaddr/r.example/p2p/R/p2p-circuit\ndnsaddr=/ip4/192.0.2.1/tcp/1/p2p/R'),
    bytes('/dns4/a.example./tcp/1'),
    bytes('/dns6/-/'),
  ],
  run(input) {
    const [address = '', ...texts] = new TextDecoder().decode(input).split('\n')
    const named = parseNamed(address)
    if (named === undefined) return
    if (!isNamed(address)) throw new Error('a name in an address that begins with none')
    if (`/${named.kind}/${named.host}${named.rest}` !== address) throw new Error('not all of it is there')
    if (!/^[\w.-]+$/.test(named.host) || named.host.length > 253) throw new Error('no name')
    for (const next of multiaddrsIn(texts, named.rest))
      if (
        !next.startsWith('/') ||
        !next.endsWith(named.rest) ||
        next.length > addressNameLimits.addressLength
      )
        throw new Error('an address that was not asked for')
  },
}
