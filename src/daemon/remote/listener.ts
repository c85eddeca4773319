import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { PeerageError } from '../../base/index.ts'
import type { RemoteConfig } from './config.ts'
import type { KeyAndCertificate } from './self-signed.ts'

export interface TlsListener {
  readonly port: number
  /** Connections from now on get another certificate. */
  renew(certificate: KeyAndCertificate): void
  /** Takes no more connections; `destroy` ends those that there are. */
  close(): void
  destroy(): void
}

const headersTimeoutMs = 10_000
const idleTimeoutMs = 30_000
const handshakeTimeoutMs = 10_000
const maxHeaderBytes = 16_384

/**
 * Listens with TLS. Throws `network.port-in-use`, `config.invalid` for an address that this computer does not have.
 *
 * @param route hands over the requests and upgrades of a server
 */
export async function listenTls(
  { address, port, maxConnections }: Pick<RemoteConfig, 'address' | 'port' | 'maxConnections'>,
  certificate: KeyAndCertificate,
  route: (server: HttpServer | Server) => void,
): Promise<TlsListener> {
  const server = createServer({
    ...secretsOf(certificate),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // An upload takes as long as it takes.
    requestTimeout: 0,
    keepAliveTimeout: idleTimeoutMs,
    connectionsCheckingInterval: 5_000,
  })
  server.maxConnections = maxConnections
  route(server)
  await listen(server, address, port)
  return {
    port: (server.address() as AddressInfo).port,
    renew: next => server.setSecureContext({ ...secretsOf(next), minVersion: 'TLSv1.2' }),
    close: () => void server.close(),
    destroy: () => server.closeAllConnections(),
  }
}

function secretsOf({ key, certificate }: KeyAndCertificate): { key: string; cert: string } {
  return { key, cert: certificate }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES')
      throw new PeerageError('network.port-in-use', `Port ${port} of remote access is taken.`, {
        cause,
        details: { port },
      })
    throw new PeerageError('config.invalid', `Remote access cannot listen on ${host}.`, {
      cause,
      details: { key: 'remote.address' },
    })
  }
}
