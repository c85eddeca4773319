import { identityFromSeed } from '../access/index.ts'
import { PeerageError, type z } from '../base/index.ts'
import { nobodyBlocked } from './blocklist.ts'
import { networkConfig } from './config.ts'
import type { Endpoint } from './datagrams.ts'
import { AddressNames, textsUnder } from './dns/index.ts'
import { type DnsTexts, Egress } from './egress/index.ts'
import { createHost } from './host.ts'
import { Libp2pNetwork } from './libp2p-network.ts'
import { findListenPort, isPortTaken, type ListenPort, portInUse } from './listen-port.ts'
import { LocalNetworks } from './local-networks.ts'
import { NatObservations } from './nat/index.ts'
import type { Network, NetworkOptions } from './network.ts'
import { OwnAddresses } from './own-addresses.ts'
import { PrivateNetwork } from './private-network/index.ts'
import { RawProtocols } from './raw-protocols.ts'
import { ReachRules } from './reach-rules.ts'
import { Reachability } from './reachability.ts'
import { relayConfig } from './relay/index.ts'
import { UdpSocket } from './udp-socket.ts'

function listenAddresses({ hosts, port }: ListenPort, udx: boolean): string[] {
  const ends = [`/tcp/${port}`, ...(udx ? [`/udp/${port}/udx`] : [])]
  return ends.flatMap(end => hosts.map(host => `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}${end}`))
}

async function openUdp(place: ListenPort, mayReach: (ip: string) => boolean): Promise<UdpSocket> {
  try {
    return await UdpSocket.open({ ...place, mayReach })
  } catch (error) {
    throw isPortTaken(error) ? portInUse(place.port, error) : error
  }
}

function checked<Section>(
  name: string,
  schema: z.ZodType<Section>,
  config: Partial<Section> | undefined,
): Section {
  const parsed = schema.safeParse(config ?? {})
  if (parsed.success) return parsed.data
  throw new PeerageError('config.invalid', `${name}: ${parsed.error.issues[0]?.message ?? 'invalid'}`, {
    details: { issues: parsed.error.issues },
  })
}

/**
 * Starts the network of one peer. Throws `network.port-in-use` and `config.invalid`. Of the world only time is taken;
 * randomness for keys comes from the operating system.
 */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const config = checked('network', networkConfig, options.config)
  const transports = options.transports ?? 'tcp'
  const { world, blocklist = nobodyBlocked } = options
  if (options.privateKey !== undefined && transports === 'memory')
    throw new TypeError('In memory there are no private networks.')
  const egress = new Egress({ ...config, world })
  const place =
    transports === 'memory' || config.hosts.length === 0 || (egress.isProxied && !config.listenBesideProxy)
      ? undefined
      : await findListenPort(egress, config.hosts, config.port)
  const memory = `/memory/${world.random.below(2 ** 32).toString(36)}-${world.random.below(2 ** 32).toString(36)}`
  const listen =
    transports === 'memory'
      ? [memory]
      : place === undefined
        ? []
        : listenAddresses(place, config.udx && egress.isDirect)
  const local = new LocalNetworks()
  const near = local.contains
  const rules = new ReachRules({ blocklist, local, lanOnly: config.lanOnly })
  const { mayReach, isNear } = rules
  const privateNetwork = options.privateKey && new PrivateNetwork(options.privateKey, world)
  const raw = new RawProtocols(privateNetwork !== undefined)
  const isOurs = (seen: Endpoint): boolean => local.isOwn(seen.address) && seen.port === place?.port
  const reachability = new Reachability(
    world,
    isNear,
    new NatObservations(world, { isLocal: isNear, isOurs }),
  )
  const seed = options.identity.seed
  const own = new OwnAddresses(() => network.addressesChanged())
  const udp = egress.isDirect && place ? await openUdp(place, mayReach) : undefined
  const isHeld = !egress.isDirect && transports !== 'memory'
  const datagrams = isHeld ? await egress.openDatagrams(place?.port ?? 0, mayReach) : udp
  const texts = (name: string): Promise<DnsTexts> =>
    textsUnder(name, { egress, mayReach, world, overHttps: options.dnsOverHttps })
  const host = await createHost({
    seed,
    config,
    world,
    listen,
    transports,
    raw,
    egress,
    near,
    blocklist,
    reachability,
    own,
    datagrams: udp,
    privateNetwork,
  })
  const network = new Libp2pNetwork({
    host,
    datagrams,
    udp,
    config,
    world,
    local,
    raw,
    rules,
    egress,
    texts,
    names: new AddressNames({ world, egress, texts }),
    blocklist,
    reachability,
    own,
    identity: identityFromSeed(seed),
    privateNetwork,
    ...(options.isKnown && { isKnown: peer => options.isKnown!(peer) }),
    relay: checked('relay', relayConfig, options.relay),
  })
  try {
    await host.node.start()
    if (place !== undefined && egress.isDirect) network.watchRouters(place.hosts)
    await network.relay.start()
  } catch (error) {
    await network.stop()
    // Somebody took the port between the probe and now.
    if (isPortTaken(error)) throw portInUse(config.port, error)
    throw error
  }
  await network.watch(config.mdns && transports === 'tcp' && listen.length > 0)
  return network
}
