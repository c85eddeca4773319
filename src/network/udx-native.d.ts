/** What we use of `udx-native` 1.21.3 (github.com/holepunchto/udx-native), which brings no types. */
declare module 'udx-native' {
  /** Sockets and streams whose ids are counted together. */
  // biome-ignore lint/style/noDefaultExport: that is how the package exports it.
  export default class UDX {
    createSocket(options?: { readonly ipv6Only?: boolean }): UdxSocket
    /** `id` must be free among the streams of this UDX. */
    createStream(id: number): UdxStream
  }

  interface UdxSocket {
    /** Those that use it. */
    readonly streams: ReadonlySet<UdxStream>
    /** Binds at once. Throws the system's error, with its name as `code`. */
    bind(port: number, host: string): void
    /** Waits until no stream uses the socket. */
    close(): Promise<void>
    /** Null before it is bound. */
    address(): { readonly port: number } | null
    setRecvBufferSize(bytes: number): number
    setSendBufferSize(bytes: number): number
    /** Throws when `host` is no IP address. Resolves once the system took the bytes, or did not. */
    send(bytes: Uint8Array, port: number, host: string): Promise<boolean>
    on(
      event: 'message',
      listener: (bytes: Buffer, from: { readonly host: string; readonly port: number }) => void,
    ): this
  }

  /** Bytes in order. `destroy` tells the other side, `end` does once everything before it arrived. */
  interface UdxStream {
    readonly destroyed: boolean
    /** Throws when the stream is connected already, or the socket closed. */
    connect(socket: UdxSocket, remoteId: number, port: number, host: string): void
    /** False: wait for `drain`. The bytes must not change until they have arrived. */
    write(bytes: Uint8Array): boolean
    end(): void
    destroy(): void
    on(event: 'data', listener: (bytes: Buffer) => void): this
    on(event: 'end' | 'drain' | 'close', listener: () => void): this
    /** Reset by the other side (`ECONNRESET`), or silent for too long (`ETIMEDOUT`). */
    on(event: 'error', listener: (error: Error) => void): this
  }
}
