import { PeerageError, type World } from '../../base/index.ts'
import { parseAddress } from '../address-book.ts'
import type { NetworkConfig } from '../config.ts'
import type { Datagrams } from '../datagrams.ts'
import type { WayOut } from '../egress/index.ts'
import { httpRequest } from '../http-client.ts'
import { machineIps } from '../machine-interfaces.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import { isPrivateIp } from '../path.ts'
import { type DefaultRoute, findDefaultRoute } from './default-route.ts'
import { Gateway, type RouterWays } from './gateway.ts'
import type { GatewayReport } from './gateway-report.ts'
import { findIgd } from './igd-search.ts'
import { reasonNotToMap } from './may-map.ts'
import { NatPmpOpener } from './nat-pmp-opener.ts'
import { PcpOpener } from './pcp-opener.ts'
import { RouterTalk } from './router-talk.ts'
import { type AskRouter, UpnpOpener } from './upnp-opener.ts'
import { xmlLimits } from './xml.ts'

export interface GatewayOptions {
  readonly world: World
  readonly config: NetworkConfig
  /** Where this peer listens, as far as this machine has those addresses. */
  readonly hosts: readonly string[]
  readonly datagrams: Datagrams
  readonly egress: WayOut
  readonly own: OwnAddresses
  mayReach(ip: string): boolean
}

const httpAnswerMs = 3_000

/** The router of this network, asked over the sockets that are there; what it opens becomes an address of ours. Not yet started. */
export function createGateway(options: GatewayOptions): Gateway {
  const { world, config, hosts, datagrams, own } = options
  const gateway: Gateway = new Gateway({
    world,
    config,
    port: datagrams.port,
    off: () => reasonNotToMap({ ...config, hosts }, machineIps()),
    route: findDefaultRoute,
    waysOf: route => waysOf(options, route),
    onChange: () => own.set('gateway', addressesOf(gateway.report)),
  })
  return gateway
}

/** Multiaddrs at which strangers reach us by a report; none when the router itself has no public address. */
export function addressesOf({ mappings }: GatewayReport): string[] {
  return mappings
    .filter(({ externalAddress }) => !isPrivateIp(externalAddress))
    .map(({ externalAddress, externalPort, protocol }) =>
      protocol === 'tcp'
        ? `/ip4/${externalAddress}/tcp/${externalPort}`
        : `/ip4/${externalAddress}/udp/${externalPort}/udx`,
    )
    .filter(address => parseAddress(address) !== undefined)
}

function waysOf(
  { world, datagrams, egress, mayReach }: GatewayOptions,
  { router, self }: DefaultRoute,
): RouterWays {
  const talk = new RouterTalk(world, datagrams, router)
  const upnp = new UpnpOpener({
    random: world.random,
    self,
    find: signal => findIgd({ world, datagrams, router }, signal),
    ask: askingOver(world, egress, mayReach),
  })
  return {
    openers: [new PcpOpener(world, talk, self), new NatPmpOpener(world, talk), upnp],
    close: () => talk.close(),
  }
}

/** HTTP to the router, and to nobody else: it does not lead elsewhere, and its answer is short. */
export function askingOver(world: World, egress: WayOut, mayReach: (ip: string) => boolean): AskRouter {
  return async (url, call, signal) => {
    const tooLate = new AbortController()
    const timer = world.after(httpAnswerMs, () =>
      tooLate.abort(new PeerageError('network.unreachable', 'it does not answer')),
    )
    try {
      const response = await httpRequest(url.href, {
        egress,
        signal: AbortSignal.any([signal, tooLate.signal]),
        mayReach,
        maxRedirects: 0,
        ...(call !== undefined && {
          body: call.body,
          headers: { soapaction: `"${call.action}"`, 'content-type': 'text/xml; charset="utf-8"' },
        }),
      })
      return new TextDecoder().decode(await response.read(xmlLimits.maxLength))
    } finally {
      timer.cancel()
    }
  }
}
