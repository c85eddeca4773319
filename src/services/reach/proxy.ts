import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import type { ProxyTrial } from '../../network/index.ts'
import type { ReachHost } from './host.ts'
import type { Reach } from './reach.ts'

interface TestProxyInput {
  proxy: string
  far?: string | undefined
}

export const testProxy: ValueOperation<Reach, TestProxyInput, ProxyTrial> = {
  summary: 'Find out what a SOCKS 5 proxy does for this peer',
  input: z.object({
    proxy: z.string().min(1).max(1024).describe('socks5://[user:password@]host:port'),
    far: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Whom to connect to through it, as host:port; a known peer elsewhere when left out'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'proxy test',
    positional: ['proxy', 'far'],
    example: 'peerage proxy test socks5://127.0.0.1:1080 example.org:443',
  },
  async run({ host }, { proxy, far }, { signal }) {
    const { network } = host
    if (network === undefined) throw new PeerageError('network.unreachable', 'This peer is offline.')
    const to = far === undefined ? knownFarAway(host) : placeOf(far.trim())
    if (far !== undefined && to === undefined)
      throw new PeerageError('usage.invalid', 'Whom to reach through the proxy is named as host:port.')
    return await network.egress.tryProxy(String(host.meant('network.proxy', proxy)), signal, to)
  },
}

interface Place {
  readonly host: string
  readonly port: number
}

/** `host:port`, `[IPv6]:port` or a multiaddr with TCP; undefined for anything else. */
export function placeOf(text: string): Place | undefined {
  const [, host, digits] =
    /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/|$)/.exec(text) ??
    /^\[([\da-f:.]+)\]:(\d{1,5})$/i.exec(text) ??
    /^([^\s:/@[\]]{1,255}):(\d{1,5})$/.exec(text) ??
    []
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/** Where peers are named by the user, or by default. */
const placesKept = ['relay.relays', 'discovery.bootstrap', 'discovery.rendezvousPoints', 'kademlia.bootstrap']

/** Somebody elsewhere with whom this peer is connected, else whom its settings name. */
function knownFarAway({ network, value }: ReachHost): Place | undefined {
  const connected = (network?.connections() ?? [])
    .filter(({ path, direction }) => path === 'direct' && direction === 'outbound')
    .map(({ address }) => address)
  const named = placesKept.flatMap(key => {
    const addresses = value(key)
    return Array.isArray(addresses) ? addresses.map(String) : []
  })
  for (const address of [...connected, ...named]) {
    const place = placeOf(address)
    if (place !== undefined) return place
  }
  return undefined
}
