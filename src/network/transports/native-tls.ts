import type { Duplex } from 'node:stream'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import {
  type ConnectionEncrypter,
  type Logger,
  type MessageStream,
  type PeerId,
  type PrivateKey,
  type SecureConnectionOptions,
  type SecuredConnection,
  type StreamMuxerFactory,
  serviceCapabilities,
  type Upgrader,
} from '@libp2p/interface'
import type { TLSComponents } from '@libp2p/tls'
import { PeerageError } from '../../base/index.ts'
import { type Carrier, isCarrier } from './carrier.ts'
import { TlsConnection } from './tls-connection.ts'

/** libp2p specs `tls/tls.md`, "ALPN": stands for "no muxer was agreed on early". */
const noEarlyMuxer = 'libp2p'

/** When the certificate is made that the first connection needs, unless that connection comes before. */
const aheadMs = 3000

/** AES-128 first: as strong as the 128-bit identities it protects, and a quarter cheaper than AES-256. */
const ciphers = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

export interface NativeTlsComponents extends TLSComponents {
  readonly privateKey: PrivateKey
  readonly upgrader: Upgrader
}

/**
 * libp2p TLS 1.3 (specs `tls/tls.md`), run by Node natively on what carries a connection (its TCP socket) instead of through streams
 * of libp2p. Wire-compatible with every libp2p; other connections go through @libp2p/tls.
 */
class NativeTls implements ConnectionEncrypter {
  readonly protocol: string = '/tls/1.0.0'
  readonly [Symbol.toStringTag]: string = 'peerage/native-tls'
  readonly [serviceCapabilities]: string[] = ['@libp2p/connection-encryption']
  readonly #components: NativeTlsComponents
  #fallback: Promise<ConnectionEncrypter> | undefined
  #context: Promise<SecureContext> | undefined

  constructor(components: NativeTlsComponents) {
    this.#components = components
    setTimeout(() => this.#ownContext().catch(() => {}), aheadMs).unref()
  }

  async secureInbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    if (!isCarrier(connection)) return (await this.#throughStreams()).secureInbound(connection, options)
    return this.#secure(connection, options, (socket, secureContext) => {
      const settings = {
        isServer: true,
        secureContext,
        requestCert: true,
        rejectUnauthorized: false,
        ALPNProtocols: this.#alpn(options),
      }
      return new TLSSocket(socket, settings)
    })
  }

  async secureOutbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    if (!isCarrier(connection)) return (await this.#throughStreams()).secureOutbound(connection, options)
    return this.#secure(connection, options, (socket, secureContext) =>
      connect({ socket, secureContext, rejectUnauthorized: false, ALPNProtocols: this.#alpn(options) }),
    )
  }

  #alpn(options: SecureConnectionOptions | undefined): string[] {
    if (options?.skipStreamMuxerNegotiation === true) return [noEarlyMuxer]
    return [...this.#components.upgrader.getStreamMuxers().keys(), noEarlyMuxer]
  }

  async #secure(
    connection: Carrier,
    options: SecureConnectionOptions | undefined,
    wrap: (socket: Duplex, context: SecureContext) => TLSSocket,
  ): Promise<SecuredConnection> {
    const context = await this.#ownContext()
    options?.signal?.throwIfAborted()
    const socket = wrap(connection.detach(), context)
    connection.adopt(socket)
    // An error always ends in 'close', which is heard; without a listener it would end the process.
    socket.on('error', () => {})
    try {
      await handshake(socket, options?.signal)
      connection.mayTake(socket.bytesRead)
      const remotePeer = await this.#verify(socket, options?.remotePeer, connection.log)
      const secured: SecuredConnection = { connection: new TlsConnection(connection, socket), remotePeer }
      const streamMuxer = this.#earlyMuxer(socket)
      return streamMuxer === undefined ? secured : { ...secured, streamMuxer }
    } catch (error) {
      connection.abort(error as Error)
      throw error
    }
  }

  #throughStreams(): Promise<ConnectionEncrypter> {
    this.#fallback ??= import('@libp2p/tls').then(({ tls }) => tls()(this.#components))
    return this.#fallback
  }

  /** The certificate says nothing about the other side, so one serves all connections of this run (spec, "Peer Authentication"). */
  #ownContext(): Promise<SecureContext> {
    this.#context ??= this.#createContext()
    return this.#context
  }

  async #createContext(): Promise<SecureContext> {
    const { generateCertificate } = await certificates()
    const { key, cert } = await generateCertificate(this.#components.privateKey)
    return createSecureContext({ key, cert, ciphers, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' })
  }

  async #verify(socket: TLSSocket, expected: PeerId | undefined, log: Logger): Promise<PeerId> {
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) throw new PeerageError('peer.protocol', 'The peer shows no certificate.')
    // Spec: "MUST ... abort the connection attempt if more than one certificate is received".
    if (
      certificate.issuerCertificate !== undefined &&
      certificate.issuerCertificate.raw.compare(certificate.raw) !== 0
    )
      throw new PeerageError('peer.protocol', 'The peer shows more than one certificate.')
    const { verifyPeerCertificate } = await certificates()
    return verifyPeerCertificate(certificate.raw, expected, log)
  }

  #earlyMuxer(socket: TLSSocket): StreamMuxerFactory | undefined {
    const chosen = socket.alpnProtocol
    if (typeof chosen !== 'string' || chosen === noEarlyMuxer) return undefined
    return this.#components.upgrader.getStreamMuxers().get(chosen)
  }
}

/** Some 250 modules about certificates, which would hold up every start. */
function certificates(): Promise<typeof import('@libp2p/tls/utils')> {
  return import('@libp2p/tls/utils')
}

/** Resolves when TLS is up; rejects on any failure, on close, and with `signal.reason`. */
function handshake(socket: TLSSocket, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onClose = (): void => reject(new PeerageError('peer.protocol', 'The connection closed during TLS.'))
  const onAbort = (): void => reject(signal?.reason)
  socket.once('secure', resolve)
  socket.on('error', reject)
  socket.once('close', onClose)
  signal?.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => {
    socket.off('secure', resolve)
    socket.off('close', onClose)
    signal?.removeEventListener('abort', onAbort)
    socket.off('error', reject)
  })
}

export function nativeTls(): (components: NativeTlsComponents) => ConnectionEncrypter {
  return components => new NativeTls(components)
}
