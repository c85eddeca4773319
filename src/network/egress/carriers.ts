import type { Socket as UdpSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Endpoint } from '../datagrams.ts'
import type { DatagramCarrier } from './egress-datagrams.ts'
import type { Sockets } from './sockets.ts'
import { decodeDatagram, encodeDatagram, type SocksAddress } from './socks-message.ts'
import type { SocksProxy } from './socks-proxy.ts'

type OnDatagram = (bytes: Uint8Array, from: Endpoint) => void

/** Datagrams that wait for the system, a socket; more are lost. */
export const maxWaitingDatagrams = 4_096

/** One socket for each address family that the way out has. Rejects when it has none. */
export async function socketCarrier(
  sockets: Sockets,
  port: number,
  onDatagram: OnDatagram,
): Promise<DatagramCarrier> {
  const opened = new Map<4 | 6, UdpSocket>()
  const problems: unknown[] = []
  for (const family of [4, 6] as const) {
    try {
      const socket = await sockets.udp({ family, port })
      socket.on('error', () => undefined)
      socket.on('message', (bytes, from) => onDatagram(bytes, from))
      opened.set(family, socket.unref())
    } catch (error) {
      problems.push(error)
    }
  }
  if (opened.size === 0) throw problems[0]
  const senders = new Map([...opened].map(([family, socket]) => [family, sender(socket)]))
  return {
    families: [...opened.keys()],
    send: (bytes, { address, port: to }) => senders.get(isIPv6(address) ? 6 : 4)?.(bytes, to, address),
    close() {
      for (const socket of opened.values()) socket.close()
    },
  }
}

export interface SocksCarrierParts {
  readonly proxy: SocksProxy
  readonly signal: AbortSignal
  /** For the way to the proxy. */
  socketsTo(ip: string): Sockets
  /** Name or address that an address stands for. */
  meant(address: string): string | undefined
  /** Whether the proxy takes datagrams. */
  onState(problem: string | undefined): void
}

/** Datagrams that a SOCKS 5 proxy passes on (RFC 1928 section 7), as long as the connection on which it was asked to stays open. */
export async function socksCarrier(
  { proxy, signal, socketsTo, meant, onState }: SocksCarrierParts,
  onDatagram: OnDatagram,
  onEnd: () => void,
): Promise<DatagramCarrier> {
  const { control, relay } = await proxy.associate(signal).catch(error => {
    onState(error instanceof Error ? error.message : String(error))
    throw error
  })
  const family = isIPv6(relay.host) ? 6 : 4
  try {
    const socket = await socketsTo(relay.host).udp({ family, port: 0 })
    control.once('close', onEnd).resume().unref()
    // From here on the system lets in what comes from the proxy only.
    await connect(socket, relay)
    socket.on('error', () => undefined)
    socket.on('message', packet => {
      const datagram = decodeDatagram(packet)
      if (datagram !== undefined)
        onDatagram(datagram.bytes, { address: datagram.from.host, port: datagram.from.port })
    })
    socket.unref()
    onState(undefined)
    const send = sender(socket)
    return {
      // Whether the proxy has IPv6 cannot be asked.
      families: [4],
      send(bytes, { address, port }) {
        const host = meant(address)
        if (host !== undefined) send(encodeDatagram({ host, port }, bytes))
      },
      close() {
        control.off('close', onEnd).destroy()
        socket.close()
      },
    }
  } catch (error) {
    control.off('close', onEnd).destroy()
    throw error
  }
}

function connect(socket: UdpSocket, { host, port }: SocksAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.connect(port, host, (error?: Error) => (error ? reject(error) : resolve()))
  return promise
}

/** Sends as long as not too much waits. Errors of single datagrams (nobody there, network down) are nobody's concern. */
function sender(socket: UdpSocket): (bytes: Uint8Array, port?: number, address?: string) => void {
  let waiting = 0
  const sent = (): void => {
    waiting--
  }
  return (bytes, port, address) => {
    if (waiting >= maxWaitingDatagrams) return
    waiting++
    if (port === undefined) socket.send(bytes, sent)
    else socket.send(bytes, port, address, sent)
  }
}
