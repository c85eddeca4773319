import { parseAddress } from '../address-book.ts'
import {
  type DnsMessage,
  type DnsRecord,
  DnsType,
  decodeDnsMessage,
  encodeDnsMessage,
} from './dns-message.ts'

/** Our own DNS-SD service type (RFC 6763 section 7); libp2p's is `_p2p._udp.local`, whose peers are not ours. */
export const serviceName = '_peerage._tcp.local'

const ttlSeconds = 120
const textPrefix = 'dnsaddr='
const maxAddresses = 16

/** Asks all peers on the link to announce themselves. */
export const query: Uint8Array = encodeDnsMessage({
  response: false,
  questions: [{ name: serviceName, type: DnsType.ptr }],
  records: [],
})

/**
 * Says where a peer listens, in the form of the libp2p mDNS spec (`discovery/mdns.md`): a PTR record to an instance and TXT
 * records with full multiaddrs. `instance` is a random label that says nothing about the peer.
 */
export function encodeAnnouncement(instance: string, addresses: readonly string[]): Uint8Array {
  const name = `${instance}.${serviceName}`
  const texts = addresses
    .map(address => textPrefix + address)
    .filter(text => text.length <= 255)
    .slice(0, maxAddresses)
  const records: DnsRecord[] = [{ name: serviceName, type: DnsType.ptr, ttlSeconds, target: name }]
  for (const text of texts) records.push({ name, type: DnsType.txt, ttlSeconds, texts: [text] })
  return encodeDnsMessage({ response: true, questions: [], records })
}

export type Heard =
  | { readonly kind: 'query' }
  | { readonly kind: 'announcement'; readonly peer: string; readonly addresses: readonly string[] }
  | undefined

/**
 * What a packet from the link says about our service; undefined when it is about something else. Nothing in it is proven.
 * Throws `wire.invalid`.
 */
export function understand(packet: Uint8Array): Heard {
  const message = decodeDnsMessage(packet)
  return message.response ? announcementIn(message) : queryIn(message)
}

function queryIn(message: DnsMessage): Heard {
  const asked = message.questions.some(
    ({ name, type }) => name === serviceName && (type === DnsType.ptr || type === DnsType.any),
  )
  return asked ? { kind: 'query' } : undefined
}

function announcementIn(message: DnsMessage): Heard {
  let peer: string | undefined
  const addresses: string[] = []
  for (const { name, texts = [] } of message.records) {
    if (!name.endsWith(`.${serviceName}`)) continue
    for (const text of texts) {
      if (!text.startsWith(textPrefix) || addresses.length >= maxAddresses) continue
      const parsed = parseAddress(text.slice(textPrefix.length))
      if (parsed?.peer === undefined || parsed.address === '') continue
      peer ??= parsed.peer
      if (parsed.peer === peer) addresses.push(parsed.address)
    }
  }
  return peer === undefined ? undefined : { kind: 'announcement', peer, addresses }
}
