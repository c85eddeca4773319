import type { GatewayReport } from '../../../network/index.ts'
import type { Facts } from './facts.ts'
import { type Finding, found } from './finding.ts'

/** Whether the router at home has opened the port. */
export function checkRouter(facts: Facts): Finding | undefined {
  const { gateway } = facts
  switch (gateway?.state) {
    case 'off':
      return whyOff(gateway)
    case 'searching':
      return found('note', 'router.searching', {})
    case 'none':
      return found('note', 'router.none', {})
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
  return found('note', 'outside-address.differs', { said, seen: seen.address, by: seen.by })
}

function whyOff({ off }: GatewayReport): Finding | undefined {
  if (off === 'public') return found('good', 'router.needless', {})
  if (off === 'lan-only') return found('good', 'router.lan-only', {})
  return off === 'config' ? found('note', 'router.off', {}, 'port-mapping') : undefined
}

function opened({ router = '', method, mappings }: GatewayReport): Finding {
  const ports = mappings.map(({ protocol, externalPort }) => ({ protocol, port: externalPort }))
  return found('good', 'router.mapped', { router, method: method!, ports })
}

function secondRouter({ router = '', externalAddress: address = '' }: GatewayReport): Finding {
  // Addresses that providers share among customers (RFC 6598).
  const isProvider = /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address)
  return found('note', isProvider ? 'router.provider' : 'router.second', { router, address })
}

function refused({ port }: Facts, { router = '', tried }: GatewayReport): Finding {
  if (port.verdict === 'open') return found('note', 'router.open-anyhow', { router, tried })
  const isTaken = tried.some(({ problem }) => problem.includes('have the ports already'))
  return found('note', 'router.refused', { router, tried }, isTaken ? 'another-port' : undefined)
}
