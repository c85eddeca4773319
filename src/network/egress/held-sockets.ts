import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6, Socket } from 'node:net'
import { isLoopbackIp } from '../path.ts'
import { egressDown, type HeldInterface, type Place } from './held-interface.ts'
import { openHeldSocket } from './libc.ts'
import { type Sockets, tcpOptions } from './sockets.ts'

/** Sockets that leave through one interface, or not at all. All throw `network.egress-down` while it is not there. */
export function heldSockets(held: HeldInterface, onConnection: (socket: Socket) => void): Sockets {
  const own = (family: 4 | 6): { place: Place; ip: string } => {
    const place = held.require()
    const ip = place.ips[family]
    if (ip === undefined)
      throw egressDown(
        `The network interface ${place.device} has no IPv${family} address (network.interface).`,
      )
    return { place, ip }
  }
  return {
    connect(target) {
      const family = isIPv6(target.host) ? 6 : 4
      if (isLoopbackIp(target.host))
        throw egressDown('This machine itself is not talked to past network.interface.')
      const { place, ip } = own(family)
      const fd = openHeldSocket({ kind: 'tcp', device: place.device, ip, family, port: 0, shared: false })
      // Reading begins once it is connected.
      const options = { fd, readable: true, writable: true, manualStart: true }
      const socket = new Socket(options)
      socket.once('connect', () => {
        socket.setNoDelay(tcpOptions.noDelay)
        socket.setKeepAlive(tcpOptions.keepAlive, tcpOptions.keepAliveInitialDelay)
      })
      onConnection(socket)
      return socket.connect({ host: target.host, port: target.port })
    },

    async listen(server, host, port) {
      const family = isIPv6(host) ? 6 : 4
      const { place, ip } = own(family)
      if (!isAny(host) && host !== ip)
        throw egressDown(
          `${host} is no address of the network interface ${place.device} (network.interface).`,
        )
      const fd = openHeldSocket({ kind: 'tcp', device: place.device, ip, family, port, shared: false })
      server.listen({ fd })
      await once(server, 'listening')
    },

    async udp({ family, port, shared = false, from }) {
      const { place, ip } = own(family)
      const address = shared && from === undefined ? undefined : ip
      const { device } = place
      const socket = createSocket({ type: `udp${family}` })
      try {
        const listening = once(socket, 'listening')
        socket.bind({ fd: openHeldSocket({ kind: 'udp', device, ip: address, family, port, shared }) })
        await listening
        return socket
      } catch (error) {
        socket.close()
        throw error
      }
    },
  }
}

export function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
