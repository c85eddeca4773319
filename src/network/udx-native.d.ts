/** What we use of `udx-native` 1.21.3 (github.com/holepunchto/udx-native), which brings no types. */
declare module 'udx-native' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex } from 'node:stream'

  /** Sockets and streams whose ids are counted together. */
  // biome-ignore lint/style/noDefaultExport: that is how the package exports it.
  export default class UDX {
    createSocket(options?: { readonly ipv6Only?: boolean }): UdxSocket
    /** `id` must be free among the streams of this UDX. */
    createStream(id: number): UdxStream
  }

  interface UdxSocket extends EventEmitter {
    /** Binds at once. Throws the system's error, with its name as `code`. */
    bind(port: number, host: string): void
    /** Waits until no stream uses the socket. */
    close(): Promise<void>
    setRecvBufferSize(bytes: number): number
    setSendBufferSize(bytes: number): number
    /** Throws when `host` is no IP address. Resolves once the system took the bytes, or did not. */
    send(bytes: Uint8Array, port: number, host: string): Promise<boolean>
    trySend(bytes: Uint8Array, port: number, host: string): void
    on(
      event: 'message',
      listener: (bytes: Buffer, from: { readonly host: string; readonly port: number }) => void,
    ): this
  }

  interface UdxStream extends Duplex {
    readonly id: number
    /** Latest smoothed round trip in ms. */
    readonly rtt: number
    connect(socket: UdxSocket, remoteId: number, port: number, host: string): void
  }
}
