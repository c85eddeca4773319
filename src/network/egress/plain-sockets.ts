import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { type Sockets, tcpOptions } from './sockets.ts'

/** As the system makes them: they leave whichever way its routes say. */
export const plainSockets: Sockets = {
  connect: target => connect({ ...target, ...tcpOptions }),

  async listen(server, host, port) {
    server.listen({ host, port, ipv6Only: isIPv6(host), exclusive: true })
    await once(server, 'listening')
  },

  async udp({ family, host, port, shared = false }) {
    const socket = createSocket({
      type: `udp${family}`,
      ipv6Only: family === 6,
      reuseAddr: shared,
      // Addresses are literal: looking each datagram's up would double what it costs.
      lookup: (address, _options, found) => found(null, address, isIPv6(address) ? 6 : 4),
    })
    try {
      // Literal addresses make it listen before `bind` returns.
      const listening = once(socket, 'listening')
      socket.bind({ port, exclusive: !shared, ...(host !== undefined && { address: host }) })
      await listening
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  },
}
