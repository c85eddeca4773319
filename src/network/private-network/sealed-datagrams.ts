import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DatagramProtocol, Datagrams, Endpoint } from '../datagrams.ts'
import type { UdpSocket } from '../udp-socket.ts'

/** What each datagram carries behind it. */
export const sealBytes = 8

/** What can be sealed. */
export type Sealable = Pick<Datagrams, 'send' | 'claim'> & Partial<Pick<UdpSocket, 'aside'>>

/**
 * Datagrams of one protocol in a private network: each ends with a seal that only those make who have its key, and what comes without is nobody's,
 * so whoever has no key gets no answer. What they say can be read by those on the way.
 */
export function sealedDatagrams(datagrams: Sealable, key: Uint8Array): Sealable {
  const sealKey = createHmac('sha256', key).update('peerage datagrams').digest()
  const seal = (bytes: Uint8Array): Buffer =>
    createHmac('sha256', sealKey).update(bytes).digest().subarray(0, sealBytes)
  const sealed = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, seal(bytes)])
  const inside = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -sealBytes)
  const claimed = (protocol: DatagramProtocol): DatagramProtocol => ({
    name: protocol.name,
    matches: (bytes, from) =>
      bytes.length > sealBytes &&
      protocol.matches(inside(bytes), from) &&
      timingSafeEqual(bytes.subarray(-sealBytes), seal(inside(bytes))),
    receive: (bytes, from) => protocol.receive(inside(bytes), from),
  })
  return {
    send: (bytes: Uint8Array, to: Endpoint) => datagrams.send(sealed(bytes), to),
    claim: protocol => datagrams.claim(claimed(protocol)),
    ...(datagrams.aside !== undefined && {
      aside: (bytes: Uint8Array, to: Endpoint) => datagrams.aside!(sealed(bytes), to),
    }),
  }
}
