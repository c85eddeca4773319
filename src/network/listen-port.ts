import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type Server } from 'node:net'
import { PeerageError } from '../base/index.ts'

const attempts = 8

const closed = async (server: Server | Socket): Promise<void> => {
  const done = once(server, 'close')
  server.close()
  await done
}

const bound = async (host: string, port: number): Promise<Socket> => {
  const type = isIPv6(host) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, ipv6Only: type === 'udp6' })
  socket.bind({ address: host, port, exclusive: true })
  await once(socket, 'listening')
  return socket
}

const listening = async (host: string, port: number): Promise<Server> => {
  const server = createServer()
  server.listen({ host, port, ipv6Only: isIPv6(host), exclusive: true })
  await once(server, 'listening')
  return server
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

/** Whether the system, or libp2p in its words, says that the port is taken. */
export function isPortTaken(error: unknown): boolean {
  return codeOf(error) === 'EADDRINUSE' || String(error).includes('EADDRINUSE')
}

export function portInUse(port: number, cause?: unknown): PeerageError {
  return new PeerageError('network.port-in-use', `Port ${port} is already in use by another program.`, {
    details: { port },
    cause,
  })
}

/** Hosts of `hosts` that this machine has, with a port that is free on all of them. Undefined: the port was taken on one. */
async function tryPort(hosts: readonly string[], wanted: number): Promise<ListenPort | undefined> {
  const servers: (Server | Socket)[] = []
  const usable: string[] = []
  let port = wanted
  try {
    for (const host of hosts) {
      try {
        const server = await listening(host, port)
        servers.push(server)
        usable.push(host)
        const address = server.address()
        if (typeof address === 'object' && address !== null) port = address.port
        servers.push(await bound(host, port))
      } catch (error) {
        const code = codeOf(error)
        if (code === 'EADDRINUSE' || code === 'EACCES') {
          if (wanted !== 0) throw portInUse(wanted, error)
          return undefined
        }
        // No IPv6 here, or not an address of this machine: the others may do.
        if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT' && code !== 'EINVAL') throw error
      }
    }
  } finally {
    await Promise.all(servers.map(closed))
  }
  return { port, hosts: usable }
}

export interface ListenPort {
  readonly port: number
  /** Those of the wanted hosts that exist on this machine. */
  readonly hosts: readonly string[]
}

/**
 * One port that is free for TCP and UDP on every host at once; 0 chooses any. Throws `network.port-in-use`. Another program can still take
 * the port between this probe and the real listening, which then fails in the same way.
 */
export async function findListenPort(hosts: readonly string[], wanted: number): Promise<ListenPort> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await tryPort(hosts, wanted)
    if (found !== undefined) return found
  }
  throw portInUse(wanted)
}
