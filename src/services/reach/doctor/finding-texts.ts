import type { DiscoverySource, GatewayMethod, Path } from '../../../network/index.ts'
import type { FindingCode, FindingValues } from './finding-values.ts'

/** What is looked at, by the first word of a code. */
export const topics = {
  addresses: 'Addresses',
  ipv6: 'IPv6',
  egress: 'Way out',
  proxy: 'Proxy',
  udp: 'UDP',
  private: 'Private network',
  router: 'Router',
  'outside-address': 'Outside address',
  outside: 'From outside',
  nat: 'NAT',
  relays: 'Relays',
  finders: 'Finding peers',
  connections: 'Connections',
  paths: 'Paths',
  limits: 'Limits',
  dht: 'DHT',
  ipfs: 'IPFS',
} as const

const methods: Readonly<Record<GatewayMethod, string>> = { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP' }

const paths: Readonly<Record<Path, string>> = {
  memory: 'in this program',
  loopback: 'on this machine',
  lan: 'on the local network',
  direct: 'directly over the internet',
  relayed: 'through others',
}

const finderNames: Readonly<Record<DiscoverySource, string>> = {
  mdns: 'the local networks',
  contacts: 'contacts whom both know',
  rendezvous: 'a rendezvous',
  kademlia: 'the Kademlia network',
  mainline: 'the DHT of BitTorrent',
  overlay: 'the overlay',
}

const pools: Readonly<Record<FindingValues['limits.full']['what'], string>> = {
  'network.maxConnections': 'connections',
  'network.maxRawConnections': 'BitTorrent connections',
  'network.maxPendingInbound': 'handshakes',
  'network.maxStreams': 'streams',
  'network.maxBufferedBytes': 'bytes waiting',
}

/** `1 peer`, `2 peers`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function wayOut({ interface: held, proxy }: FindingValues['egress.held']): string {
  return [
    ...(held === undefined ? [] : [`by ${held}`]),
    ...(proxy === undefined ? [] : [`through the proxy ${proxy}`]),
  ].join(', ')
}

function refusing({ router, tried }: FindingValues['router.refused']): string {
  const why = tried.map(({ method, problem }) => `${methods[method]}: ${problem}`).join('; ')
  return `${router} does not open ports by itself (${why}).`
}

function secondRouter({ router, address }: FindingValues['router.second']): string {
  return `${router} has opened the port, but has itself no address of the internet (${address}): there is another router before it.`
}

/** What the user can do about a closed port. */
function wayIn({ way, port, target = 'this machine' }: FindingValues['outside.closed']): string {
  if (way === 'second-router') return 'Only the other router, or IPv6, can change that; see "Router".'
  return way === 'firewall'
    ? `The router has the port open, so a firewall on this machine may be what keeps them out: allow TCP and UDP port ${port} there.`
    : `Switch on UPnP in your router, or forward TCP and UDP port ${port} to ${target} there, and allow it in the firewall.`
}

/** How it goes until that is done. */
function meanwhile({ relays, punches }: FindingValues['outside.closed']): string {
  if (relays.length > 0) return `Until then this peer is reached through ${relays.join(' and ')}.`
  return punches
    ? 'Until then others meet this peer by hole punching, or exchange with it when it connects to them.'
    : 'Until then others exchange with this peer only when it connects to them.'
}

function privately(fingerprint: string): string {
  return `Only peers with the key ${fingerprint} can connect; BitTorrent takes no connections over TCP then, and IPFS reaches nobody else.`
}

/** What every language has to say of each finding. */
export type FindingTexts = {
  readonly [Code in FindingCode]: {
    text(values: FindingValues[Code]): string
    advice?(values: FindingValues[Code]): string
  }
}

/** The sentences of each finding, in English. Other languages have the same functions (web/src/texts/findings.de.ts). */
export const findingTexts: FindingTexts = {
  'addresses.networks': {
    text: ({ addresses }) =>
      addresses
        .map(({ ip, where }) => `${ip} (${where === 'lan' ? 'local network' : 'internet'})`)
        .join(', '),
  },
  'addresses.machine': {
    text: () => 'Only programs on this machine can reach this peer: it has no address on a network.',
    advice: () => 'Connect to a network; see also `peerage config get network.hosts`.',
  },
  'addresses.nowhere': {
    text: () => 'This peer listens nowhere, so nobody can reach it; it can still fetch from others.',
    advice: () => 'See `peerage config get network.hosts`.',
  },
  'ipv6.there': {
    text: () => 'There is an address of the internet; peers that have one too need no opened port for it.',
  },
  'ipv6.missing': {
    text: () => 'This machine has no IPv6 address of the internet.',
    advice: () =>
      'Nothing need be done. IPv6, where the provider has it, makes peers reachable without an opened port.',
  },
  'egress.held': {
    text: way => `Everything leaves ${wayOut(way)}, or not at all.`,
  },
  'egress.stuck': {
    text: ({ problem }) => `Nothing leaves this peer now: ${problem ?? 'the way out is gone'}`,
    advice: () =>
      'It goes on by itself when that is back. `peerage config get network.interface` and `network.proxy` say what is wanted.',
  },
  'proxy.no-udp': {
    text: ({ problem }) =>
      `It passes no UDP on${problem === undefined ? '' : ` (${problem})`}: no DHT, no uTP, no UDP trackers.`,
    advice: () => 'Other proxies can; nothing goes past this one.',
  },
  'udp.gone': {
    text: ({ problem }) =>
      `The UDP port of this peer is gone and cannot be opened again${problem === undefined ? '' : ` (${problem})`}.`,
    advice: () => 'It is tried again and again. Starting the peer anew may help.',
  },
  'private.alone': {
    text: ({ fingerprint }) => privately(fingerprint),
  },
  'private.tried': {
    text: ({ fingerprint, refused, address, minutes }) =>
      `${privately(fingerprint)} ${counted(refused, 'connection')} of another key, or none, ended at once, the latest with ${address} ${counted(minutes, 'minute')} ago.`,
    advice: () =>
      'If that was one of yours, compare what `peerage private-network` says on both, and copy the key file again.',
  },
  'router.needless': {
    text: () => 'None is needed: this machine has an address of the internet itself.',
  },
  'router.lan-only': {
    text: () => 'Not asked: only local networks are used (network.lanOnly).',
  },
  'router.off': {
    text: () => 'It is not asked to open the port (network.portMapping is off).',
    advice: () => '`peerage config set network.portMapping true` lets it be asked.',
  },
  'router.searching': {
    text: () => 'The router is just being asked to open the port.',
    advice: () => 'Look again in ten seconds.',
  },
  'router.none': {
    text: () =>
      'No router leads to the internet here, or the way goes through a VPN; nobody was asked to open the port.',
  },
  'router.mapped': {
    text: ({ router, method, ports }) =>
      `${router} has opened ${ports.map(one => `${one.protocol.toUpperCase()} port ${one.port}`).join(' and ')} for this peer (${methods[method]}).`,
  },
  'router.second': {
    text: secondRouter,
    advice: ({ address }) =>
      `Forward the port in the other router, too, to ${address}; or let one of the two only pass on ("bridge", "access point").`,
  },
  'router.provider': {
    text: secondRouter,
    advice: () =>
      'That one is your provider’s: ask there for a public IPv4 address, or use IPv6. Until then peers meet through relays and hole punching.',
  },
  'router.refused': {
    text: refusing,
    advice: ({ router }) =>
      `Switch on UPnP in the settings of the router, often at http://${router}/, or forward the port there.`,
  },
  'router.open-anyhow': {
    text: values => `${refusing(values)} It is open all the same.`,
  },
  'outside-address.differs': {
    text: ({ said, seen, by }) => `The router says that its address is ${said}, but ${by} peers see ${seen}.`,
    advice: () =>
      'Another router, a VPN or a proxy stands between. If peers cannot reach this one, that is where to look.',
  },
  'outside.came': {
    text: ({ count, minutes }) =>
      `${counted(count, 'connection')} came in, the last one ${counted(minutes, 'minute')} ago.`,
  },
  'outside.asked': {
    text: ({ udp }) =>
      `A peer outside was asked to connect, and came through by ${udp ? 'TCP and UDP' : 'TCP'}.`,
  },
  'outside.unknown': {
    text: () => 'No peer outside your networks could be asked to try, and none has come in so far.',
    advice: () => 'Connect to a peer elsewhere and look again.',
  },
  'outside.closed': {
    text: () => 'Peers outside your networks cannot connect to this one.',
    advice: values => `${wayIn(values)} ${meanwhile(values)}`,
  },
  'nat.none': {
    text: () => 'Addresses are not changed on the way to the internet.',
  },
  'nat.easy': {
    text: ({ endpoint }) =>
      `The router keeps one UDP port for all (${endpoint === undefined ? 'not known which' : `${endpoint.address} port ${endpoint.port}`}): hole punching works with most peers.`,
  },
  'nat.hard': {
    text: () =>
      'The router takes another UDP port for each peer: hole punching works only with peers whose router does not.',
    advice: () =>
      'An opened port, or IPv6, makes up for it. Some routers have a switch for it ("full cone", "open NAT").',
  },
  'nat.blocked': {
    text: () => 'No UDP comes back from outside: a firewall blocks it, as in many companies and hotels.',
    advice: () => 'Connections go by TCP only. Nothing is broken, but allow UDP if the firewall is yours.',
  },
  'relays.used': {
    text: ({ names }) => `Others reach this peer through ${names.join(' and ')}.`,
  },
  'relays.refused': {
    text: () =>
      'Nobody can connect to this peer, and it may not be reached through others either (relay.use is never).',
    advice: () => '`peerage config set relay.use auto` lets it be.',
  },
  'relays.none': {
    text: () => 'No relay is known through which others could reach this peer.',
    advice: () =>
      'A contact who is reachable can be one: `peerage config set relay.relayFor contacts` there.',
  },
  'finders.asked': {
    text: ({ finders }) => `Asked where a peer is: ${finders.map(name => finderNames[name]).join(', ')}.`,
  },
  'finders.nobody': {
    text: () => 'Nobody is asked where a peer is that has moved: only known addresses are tried.',
    advice: () => 'See the sections `discovery` and `kademlia` of `peerage config`.',
  },
  'connections.none': {
    text: () => 'None right now; that is normal when nothing is exchanged.',
  },
  'connections.some': {
    text: ({ count, ways }) =>
      `${counted(count, 'peer')}: ${ways.map(one => `${one.count} ${paths[one.path]}`).join(', ')}.`,
  },
  'paths.relayed': {
    text: () => 'All connections to peers elsewhere go through others, which is slower.',
    advice: () => '`peerage path CONTACT` tells what a direct one fails of.',
  },
  'limits.full': {
    text: ({ what, used, max }) =>
      `${used} of ${max} ${pools[what]} are in use: strangers may be turned away, contacts are not.`,
    advice: ({ what }) => `If this machine can carry more, raise \`${what}\`.`,
  },
  'dht.nodes': {
    text: ({ count }) => `${counted(count, 'node')} known.`,
  },
  'dht.none': {
    text: () => 'No node of the public DHT is known.',
    advice: () => 'Without internet that is normal. Otherwise a firewall may block UDP.',
  },
  'ipfs.nodes': {
    text: ({ nodes, roots, announced }) =>
      `${counted(nodes, 'peer')} of its DHT known${roots === 0 ? '' : `, ${announced} of ${counted(roots, 'root')} announced`}.`,
  },
  'ipfs.none': {
    text: () =>
      'No peer of its DHT is known: strangers do not find what is here, and what they have is not found.',
    advice: () =>
      'Without internet that is normal. Otherwise a firewall may block TCP to port 4001, or `ipfsRouting.bootstrap` names nobody who answers.',
  },
}

export type FindingTopics = Readonly<Record<keyof typeof topics, string>>
