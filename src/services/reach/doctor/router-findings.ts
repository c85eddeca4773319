import type { GatewayMethod, GatewayReport } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, good, note } from './finding.ts'

const topic = 'Router'
const methodNames: Readonly<Record<GatewayMethod, string>> = {
  pcp: 'PCP',
  'nat-pmp': 'NAT-PMP',
  upnp: 'UPnP',
}

/** Whether the router at home has opened the port. */
export function checkRouter(facts: Facts): Finding | undefined {
  const { gateway } = facts
  switch (gateway?.state) {
    case 'off':
      return whyOff(gateway)
    case 'searching':
      return note(topic, 'The router is just being asked to open the port.', 'Look again in ten seconds.')
    case 'none':
      return note(
        topic,
        'No router leads to the internet here, or the way goes through a VPN; nobody was asked to open the port.',
      )
    case 'mapped':
      return gateway.doubleNat ? secondRouter(gateway) : opened(gateway)
    case 'refused':
      return refused(facts, gateway)
    default:
      return undefined
  }
}

/** Whether the router and the peers outside agree on our address. */
export function checkExternalAddress({ gateway, port }: Facts): Finding | undefined {
  const [seen] = port.seenAs.filter(({ address }) => !address.includes(':'))
  const said = gateway?.externalAddress
  if (said === undefined || gateway?.doubleNat !== false || seen === undefined || seen.by < 2)
    return undefined
  if (seen.address === said) return undefined
  return note(
    'Outside address',
    `The router says that its address is ${said}, but ${seen.by} peers see ${seen.address}.`,
    'Another router, a VPN or a proxy stands between. If peers cannot reach this one, that is where to look.',
  )
}

function whyOff({ off }: GatewayReport): Finding | undefined {
  if (off === 'public')
    return good(topic, 'None is needed: this machine has an address of the internet itself.')
  if (off === 'lan-only') return good(topic, 'Not asked: only local networks are used (network.lanOnly).')
  if (off !== 'config') return undefined
  return note(
    topic,
    'It is not asked to open the port (network.portMapping is off).',
    '`peerage config set network.portMapping true` lets it be asked.',
    'port-mapping',
  )
}

function opened({ router, method, mappings }: GatewayReport): Finding {
  const ports = mappings.map(one => `${one.protocol.toUpperCase()} port ${one.externalPort}`).join(' and ')
  return good(topic, `${router} has opened ${ports} for this peer (${methodNames[method!]}).`)
}

function secondRouter({ router, externalAddress = '' }: GatewayReport): Finding {
  const found = `${router} has opened the port, but has itself no address of the internet (${externalAddress}): there is another router before it.`
  if (/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(externalAddress))
    return note(
      topic,
      found,
      'That one is your provider’s: ask there for a public IPv4 address, or use IPv6. Until then peers meet through relays and hole punching.',
    )
  return note(
    topic,
    found,
    `Forward the port in the other router, too, to ${externalAddress}; or let one of the two only pass on ("bridge", "access point").`,
  )
}

function refused({ port }: Facts, { router, tried }: GatewayReport): Finding {
  const why = tried.map(({ method, problem }) => `${methodNames[method]}: ${problem}`).join('; ')
  const found = `${router} does not open ports by itself (${why}).`
  if (port.verdict === 'open') return note(topic, `${found} It is open all the same.`)
  return note(
    topic,
    found,
    `Switch on UPnP in the settings of the router, often at http://${router}/, or forward the port there.`,
    tried.some(({ problem }) => problem.includes('have the ports already')) ? 'another-port' : undefined,
  )
}
