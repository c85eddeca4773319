import type { MessageStream } from '@libp2p/interface'

/** A secured connection as a muxer sees it: bytes out one write at a time, bytes in as they come. */
export interface Link {
  /** Writes bytes, which may be reused once `done` is called. At most one write is under way. */
  write(bytes: Uint8Array, done: () => void): void
  /** Starts reading. A chunk is valid only during the call. */
  start(onBytes: (chunk: Uint8Array) => void): void
  abort(reason: Error): void
  /** The address of this machine that the connection is bound to, where that is known. */
  readonly localIp?: string | undefined
}

/** A connection that offers more than libp2p's events. */
export interface LinkSource extends MessageStream {
  readonly link: Link
}

const hasLink = (connection: MessageStream): connection is LinkSource => 'link' in connection

/** The link of any libp2p connection: its own if it has one, else one made of its events. */
export function linkOf(connection: MessageStream): Link {
  if (hasLink(connection)) return connection.link
  return {
    write(bytes, done) {
      if (connection.status !== 'open') return
      try {
        // The connection may queue what it is given, so it gets a copy.
        if (connection.send(bytes.slice())) queueMicrotask(done)
        else connection.onDrain().then(done, () => {})
      } catch (error) {
        // What it is made of was closed, and it has not heard of that yet.
        connection.abort(error instanceof Error ? error : new Error(String(error)))
      }
    },
    start(onBytes) {
      connection.addEventListener('message', event => {
        if (event.data instanceof Uint8Array) onBytes(event.data)
        else for (const part of event.data) onBytes(part)
      })
    },
    abort: reason => connection.abort(reason),
  }
}
