import type { Socket } from 'node:net'

/** TLS records hold at most 16 KiB; plain reads may fill all of it. */
const bufferBytes = 64 * 1024

/** Node fills it and calls back before it reads anything else, so all sockets can share it. */
const shared = Buffer.alloc(bufferBytes)
/** For sockets whose bytes come out of what others read: those are still reading while these do. */
const sharedInside = Buffer.alloc(bufferBytes)

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
 * The socket must not be flowing. A chunk is valid only during the call. `isInside`: what it reads comes out of a chunk of another socket
 * that is read in place, which must not be one of those itself.
 */
export function readInPlace(socket: Socket, onBytes: (chunk: Uint8Array) => void, isInside = false): boolean {
  const handle = handleOf(socket)
  const buffer = symbolOf(socket, 'kBuffer')
  const callback = symbolOf(socket, 'kBufferCb')
  if (handle === undefined || buffer === undefined || callback === undefined) return false
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) onBytes(chunk)
  const place = isInside ? sharedInside : shared
  Reflect.set(socket, buffer, place)
  Reflect.set(socket, callback, (length: number) => {
    onBytes(place.subarray(0, length))
    return true
  })
  handle.useUserBuffer(place)
  socket.resume()
  return true
}
