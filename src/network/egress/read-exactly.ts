import type { Socket } from 'node:net'
import { PeerageError } from '../../base/index.ts'

/** Reads that many bytes of a connection and leaves the rest in it. Rejects when it ends before, with `signal.reason`. */
export async function readExactly(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    signal.throwIfAborted()
    // All that is there: as long as anything is left in it, a socket says that it is readable, again and again.
    const chunk: Buffer | null = socket.read()
    if (chunk !== null) bytes = Buffer.concat([bytes, chunk])
    if (bytes.length >= length) {
      if (bytes.length > length) socket.unshift(bytes.subarray(length))
      return bytes.subarray(0, length)
    }
    if (socket.readableEnded || socket.destroyed) throw ended()
    await readable(socket, signal)
  }
}

function readable(socket: Socket, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(signal.reason)
  const onEnd = (): void => reject(ended())
  socket.once('readable', resolve).once('end', onEnd).once('close', onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => {
    socket.off('readable', resolve).off('end', onEnd).off('close', onEnd)
    signal.removeEventListener('abort', onAbort)
  })
}

function ended(): PeerageError {
  return new PeerageError('network.unreachable', 'The connection ended too early.')
}
