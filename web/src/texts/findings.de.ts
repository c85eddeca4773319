import type { FindingTexts, FindingTopics, FindingValues } from '../../../src/services/reach/index.ts'

/** What the doctor looks at; the English words come with its answers. Loaded by the page that needs it. */
export const findingTopicsDe: FindingTopics = {
  addresses: 'Adressen',
  ipv6: 'IPv6',
  egress: 'Weg hinaus',
  proxy: 'Proxy',
  udp: 'UDP',
  private: 'Privates Netz',
  router: 'Router',
  'outside-address': 'Adresse von außen',
  outside: 'Von außen',
  nat: 'NAT',
  relays: 'Relays',
  finders: 'Peers finden',
  connections: 'Verbindungen',
  paths: 'Wege',
  limits: 'Grenzen',
  dht: 'DHT',
  ipfs: 'IPFS',
}

type Values<Code extends keyof FindingValues> = FindingValues[Code]

const methods = { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP' } as const

const paths = {
  memory: 'in diesem Programm',
  loopback: 'auf diesem Computer',
  lan: 'im lokalen Netz',
  direct: 'direkt über das Internet',
  relayed: 'über andere',
} as const

const finders = {
  mdns: 'die lokalen Netze',
  contacts: 'gemeinsame Kontakte',
  rendezvous: 'ein Treffpunkt',
  kademlia: 'das Kademlia-Netz',
  mainline: 'das DHT von BitTorrent',
  overlay: 'das eigene Netz der Peers',
} as const

const pools = {
  'network.maxConnections': 'Verbindungen',
  'network.maxRawConnections': 'BitTorrent-Verbindungen',
  'network.maxPendingInbound': 'beginnenden Verbindungen',
  'network.maxStreams': 'Strömen',
  'network.maxBufferedBytes': 'wartenden Bytes',
} as const

/** What routers are heard to answer; anything else stands as it came. */
const routerProblems: Readonly<Record<string, string>> = {
  'it does not answer': 'antwortet nicht',
  'it cannot open ports': 'kann keine Ports öffnen',
  'it does not allow this machine to open ports': 'erlaubt diesem Computer nicht, Ports zu öffnen',
  'it does not know it': 'kennt das nicht',
  'it named no port': 'nannte keinen Port',
  'it was interrupted': 'wurde unterbrochen',
  'it has no connection to the internet now': 'hat gerade keine Verbindung zum Internet',
  'it has no room for another port': 'hat keinen Platz für noch einen Port',
  'it opens ports only for good': 'öffnet Ports nur für immer',
  'it could not do it': 'konnte es nicht',
  'it did not understand the question': 'verstand die Frage nicht',
  'other machines have the ports already': 'die Ports haben schon andere Computer',
}

function listed(all: readonly string[]): string {
  return new Intl.ListFormat('de').format(all)
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function ago(minutes: number): string {
  return `vor ${counted(minutes, 'Minute', 'Minuten')}`
}

function wayOut({ interface: held, proxy }: Values<'egress.held'>): string {
  return listed([
    ...(held === undefined ? [] : [`über ${held}`]),
    ...(proxy === undefined ? [] : [`durch den Proxy ${proxy}`]),
  ])
}

function refusing({ router, tried }: Values<'router.refused'>): string {
  const why = tried.map(({ method, problem }) => `${methods[method]}: ${routerProblems[problem] ?? problem}`)
  return `${router} öffnet von sich aus keine Ports (${why.join('; ')}).`
}

function secondRouter({ router, address }: Values<'router.second'>): string {
  return `${router} hat den Port geöffnet, hat aber selbst keine Adresse im Internet (${address}): Davor steht noch ein Router.`
}

function wayIn({ way, port, target = 'diesen Computer' }: Values<'outside.closed'>): string {
  if (way === 'second-router') return 'Das kann nur der andere Router ändern, oder IPv6; siehe „Router“.'
  return way === 'firewall'
    ? `Der Router hat den Port offen, also hält vielleicht eine Firewall auf diesem Computer die anderen ab: Erlaube dort TCP- und UDP-Port ${port}.`
    : `Schalte im Router UPnP ein, oder leite dort TCP- und UDP-Port ${port} an ${target} weiter, und erlaube ihn in der Firewall.`
}

function meanwhile({ relays, punches }: Values<'outside.closed'>): string {
  if (relays.length > 0) return `Bis dahin wird dieser Peer über ${listed(relays)} erreicht.`
  return punches
    ? 'Bis dahin öffnen andere gemeinsam mit diesem Peer einen Weg, oder tauschen mit ihm, wenn er sich mit ihnen verbindet.'
    : 'Bis dahin tauschen andere mit diesem Peer nur, wenn er sich mit ihnen verbindet.'
}

function privately(fingerprint: string): string {
  return `Nur Peers mit dem Schlüssel ${fingerprint} können sich verbinden; BitTorrent nimmt dann keine Verbindungen über TCP an, und IPFS erreicht sonst niemanden.`
}

/** The sentences of each finding of the doctor. */
export const findingsDe: FindingTexts = {
  'addresses.networks': {
    text: ({ addresses }) =>
      addresses.map(({ ip, where }) => `${ip} (${where === 'lan' ? 'lokales Netz' : 'Internet'})`).join(', '),
  },
  'addresses.machine': {
    text: () =>
      'Nur Programme auf diesem Computer können diesen Peer erreichen: Er hat keine Adresse in einem Netz.',
    advice: () => 'Verbinde dich mit einem Netz; siehe auch die Einstellung network.hosts.',
  },
  'addresses.nowhere': {
    text: () =>
      'Dieser Peer lauscht nirgends, also kann ihn niemand erreichen; von anderen holen kann er trotzdem.',
    advice: () => 'Siehe die Einstellung network.hosts.',
  },
  'ipv6.there': {
    text: () =>
      'Es gibt eine Adresse im Internet; Peers, die auch eine haben, brauchen dafür keinen offenen Port.',
  },
  'ipv6.missing': {
    text: () => 'Dieser Computer hat keine IPv6-Adresse im Internet.',
    advice: () =>
      'Es ist nichts zu tun. Wo der Anbieter IPv6 hat, macht es Peers ohne offenen Port erreichbar.',
  },
  'egress.held': { text: way => `Alles geht ${wayOut(way)} hinaus, oder gar nicht.` },
  'egress.stuck': {
    text: way => `Gerade verlässt nichts diesen Peer: Es darf nur ${wayOut(way)} hinaus, und das geht nicht.`,
    advice: () =>
      'Sobald das wieder geht, läuft es von selbst weiter. Die Einstellungen network.interface und network.proxy sagen, was gewollt ist.',
  },
  'proxy.no-udp': {
    text: () => 'Er lässt kein UDP durch: kein DHT, kein uTP, keine UDP-Tracker.',
    advice: () => 'Andere Proxys können das; an diesem geht nichts vorbei.',
  },
  'udp.gone': {
    text: ({ problem }) =>
      `Der UDP-Port dieses Peers ist weg und lässt sich nicht wieder öffnen${problem === undefined ? '' : ` (${problem})`}.`,
    advice: () => 'Es wird immer wieder versucht. Den Peer neu zu starten kann helfen.',
  },
  'private.alone': { text: ({ fingerprint }) => privately(fingerprint) },
  'private.tried': {
    text: ({ fingerprint, refused, address, minutes }) =>
      `${privately(fingerprint)} ${counted(refused, 'Verbindung', 'Verbindungen')} mit einem anderen Schlüssel oder keinem wurden gleich beendet, die letzte mit ${address} ${ago(minutes)}.`,
    advice: () =>
      'Wenn das einer von deinen war: Vergleiche, was `peerage private-network` auf beiden sagt, und kopiere die Schlüsseldatei noch einmal.',
  },
  'router.needless': {
    text: () => 'Keiner nötig: Dieser Computer hat selbst eine Adresse im Internet.',
  },
  'router.lan-only': {
    text: () => 'Nicht gefragt: Nur lokale Netze werden benutzt (network.lanOnly).',
  },
  'router.off': {
    text: () => 'Er wird nicht gebeten, den Port zu öffnen (network.portMapping ist aus).',
    advice: () => 'Die Einstellung network.portMapping lässt ihn fragen.',
  },
  'router.searching': {
    text: () => 'Der Router wird gerade gebeten, den Port zu öffnen.',
    advice: () => 'Sieh in zehn Sekunden noch einmal nach.',
  },
  'router.none': {
    text: () =>
      'Hier führt kein Router ins Internet, oder der Weg geht durch ein VPN; niemand wurde gebeten, den Port zu öffnen.',
  },
  'router.mapped': {
    text: ({ router, method, ports }) =>
      `${router} hat ${listed(ports.map(one => `${one.protocol.toUpperCase()}-Port ${one.port}`))} für diesen Peer geöffnet (${methods[method]}).`,
  },
  'router.second': {
    text: secondRouter,
    advice: ({ address }) =>
      `Leite den Port auch im anderen Router weiter, an ${address}; oder lass einen der beiden nur durchreichen („Bridge“, „Access Point“).`,
  },
  'router.provider': {
    text: secondRouter,
    advice: () =>
      'Der gehört deinem Anbieter: Bitte dort um eine öffentliche IPv4-Adresse, oder benutze IPv6. Bis dahin treffen sich Peers über Relays und gemeinsam geöffnete Wege.',
  },
  'router.refused': {
    text: refusing,
    advice: ({ router }) =>
      `Schalte in den Einstellungen des Routers UPnP ein, oft unter http://${router}/, oder leite den Port dort weiter.`,
  },
  'router.open-anyhow': { text: values => `${refusing(values)} Offen ist er trotzdem.` },
  'outside-address.differs': {
    text: ({ said, seen, by }) =>
      `Der Router nennt als seine Adresse ${said}, aber ${by} Peers sehen ${seen}.`,
    advice: () =>
      'Dazwischen steht ein anderer Router, ein VPN oder ein Proxy. Wenn andere diesen Peer nicht erreichen, liegt es wohl daran.',
  },
  'outside.came': {
    text: ({ count, minutes }) =>
      count === 1
        ? `1 Verbindung kam herein, ${ago(minutes)}.`
        : `${count} Verbindungen kamen herein, die letzte ${ago(minutes)}.`,
  },
  'outside.asked': {
    text: ({ udp }) =>
      `Ein Peer von außen wurde gebeten, sich zu verbinden, und kam über ${udp ? 'TCP und UDP' : 'TCP'} durch.`,
  },
  'outside.unknown': {
    text: () =>
      'Kein Peer außerhalb deiner Netze konnte gebeten werden, es zu versuchen, und noch ist keiner hereingekommen.',
    advice: () => 'Verbinde dich mit einem Peer anderswo und sieh noch einmal nach.',
  },
  'outside.closed': {
    text: () => 'Peers außerhalb deiner Netze können sich nicht mit diesem verbinden.',
    advice: values => `${wayIn(values)} ${meanwhile(values)}`,
  },
  'nat.none': { text: () => 'Adressen werden auf dem Weg ins Internet nicht verändert.' },
  'nat.easy': {
    text: ({ endpoint }) =>
      `Der Router behält einen UDP-Port für alle${endpoint === undefined ? '' : ` (${endpoint.address}, Port ${endpoint.port})`}: Mit den meisten Peers gelingt ein direkter Weg.`,
  },
  'nat.hard': {
    text: () =>
      'Der Router nimmt für jeden Peer einen anderen UDP-Port: Ein direkter Weg gelingt nur zu Peers, deren Router das nicht tut.',
    advice: () =>
      'Ein offener Port oder IPv6 gleicht das aus. Manche Router haben einen Schalter dafür („Full Cone“, „offenes NAT“).',
  },
  'nat.blocked': {
    text: () => 'Von außen kommt kein UDP zurück: Eine Firewall sperrt es, wie in vielen Firmen und Hotels.',
    advice: () =>
      'Verbindungen gehen nur über TCP. Nichts ist kaputt, aber erlaube UDP, wenn die Firewall deine ist.',
  },
  'relays.used': { text: ({ names }) => `Andere erreichen diesen Peer über ${listed(names)}.` },
  'relays.refused': {
    text: () =>
      'Niemand kann sich mit diesem Peer verbinden, und über andere erreicht werden darf er auch nicht (relay.use ist never).',
    advice: () => 'Die Einstellung relay.use auf auto erlaubt es.',
  },
  'relays.none': {
    text: () => 'Kein Relay ist bekannt, über das andere diesen Peer erreichen könnten.',
    advice: () => 'Ein erreichbarer Kontakt kann eins sein, wenn bei ihm relay.relayFor auf contacts steht.',
  },
  'finders.asked': {
    text: ({ finders: asked }) =>
      `Gefragt wird, wo ein Peer ist: ${asked.map(name => finders[name]).join(', ')}.`,
  },
  'finders.nobody': {
    text: () =>
      'Niemand wird gefragt, wo ein Peer ist, der umgezogen ist: Nur bekannte Adressen werden versucht.',
    advice: () => 'Siehe „Peers finden“ und „Kademlia“ in den Einstellungen.',
  },
  'connections.none': {
    text: () => 'Gerade keine; das ist normal, wenn nichts getauscht wird.',
  },
  'connections.some': {
    text: ({ count, ways }) =>
      `${counted(count, 'Peer', 'Peers')}: ${ways.map(one => `${one.count} ${paths[one.path]}`).join(', ')}.`,
  },
  'paths.relayed': {
    text: () => 'Alle Verbindungen zu Peers anderswo gehen über andere, was langsamer ist.',
    advice: () => '`peerage path KONTAKT` sagt, woran ein direkter Weg scheitert.',
  },
  'limits.full': {
    text: ({ what, used, max }) =>
      `${used} von ${max} ${pools[what]} sind belegt: Fremde werden vielleicht abgewiesen, Kontakte nicht.`,
    advice: ({ what }) => `Wenn dieser Computer mehr trägt, erhöhe die Einstellung ${what}.`,
  },
  'dht.nodes': { text: ({ count }) => `${counted(count, 'Knoten', 'Knoten')} bekannt.` },
  'dht.none': {
    text: () => 'Kein Knoten des öffentlichen DHT ist bekannt.',
    advice: () => 'Ohne Internet ist das normal. Sonst sperrt vielleicht eine Firewall UDP.',
  },
  'ipfs.nodes': {
    text: ({ nodes, roots, announced }) =>
      `${counted(nodes, 'Peer', 'Peers')} seines DHT bekannt${roots === 0 ? '' : `, ${announced} von ${counted(roots, 'Wurzel', 'Wurzeln')} angekündigt`}.`,
  },
  'ipfs.none': {
    text: () =>
      'Kein Peer seines DHT ist bekannt: Fremde finden nicht, was hier ist, und was sie haben, wird nicht gefunden.',
    advice: () =>
      'Ohne Internet ist das normal. Sonst sperrt vielleicht eine Firewall TCP zum Port 4001, oder unter ipfsRouting.bootstrap steht niemand, der antwortet.',
  },
}
