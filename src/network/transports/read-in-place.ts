import type { Socket } from 'node:net'

/** TLS records hold at most 16 KiB; plain reads may fill all of it. */
const bufferBytes = 64 * 1024

/** Node fills it and calls back before it reads anything else, so all sockets can share it. */
const shared = Buffer.alloc(bufferBytes)

interface UserBufferHandle {
  useUserBuffer(buffer: Uint8Array): void
}

function symbolOf(socket: Socket, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find(symbol => symbol.description === description)
}

function handleOf(socket: Socket): UserBufferHandle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined
  return typeof handle.useUserBuffer === 'function' ? (handle as UserBufferHandle) : undefined
}

/**
 * Makes `socket` call back with its data in one buffer that is used again and again, as Node's `onread` option does (nodejs.org/api/net.html).
 * Allocating 16 KiB for every TLS record costs more than decrypting it: 1.4 CPU seconds per GB against 0.5. Node takes that
 * option only for sockets that it connects itself, so this sets what the option would have set. False, and nothing changed,
 * on a Node.js that keeps it elsewhere.
 *
 * The socket must not be flowing. A chunk is valid only during the call.
 */
export function readInPlace(socket: Socket, onBytes: (chunk: Uint8Array) => void): boolean {
  const handle = handleOf(socket)
  const buffer = symbolOf(socket, 'kBuffer')
  const callback = symbolOf(socket, 'kBufferCb')
  if (handle === undefined || buffer === undefined || callback === undefined) return false
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) onBytes(chunk)
  Reflect.set(socket, buffer, shared)
  Reflect.set(socket, callback, (length: number) => {
    onBytes(shared.subarray(0, length))
    return true
  })
  handle.useUserBuffer(shared)
  socket.resume()
  return true
}
