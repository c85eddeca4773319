import { createRequire } from 'node:module'
import type koffi from 'koffi'
import { PeerageError } from '../../base/index.ts'
import { addressBytes } from '../../wire/index.ts'

/** Linux, all architectures that Node.js runs on: asm-generic/socket.h, linux/in.h, linux/in6.h. */
const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_BINDTODEVICE = 25
const IPPROTO_IP = 0
const IP_BIND_ADDRESS_NO_PORT = 24
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26
const SHUT_WR = 1
const EADDRINUSE = 98

export interface HeldSocket {
  readonly kind: 'tcp' | 'udp'
  /** Name of the interface that nothing may leave past. */
  readonly device: string
  /** The address of this machine that packets come from; undefined: any, for those who only listen to multicast. */
  readonly ip: string | undefined
  readonly family: 4 | 6
  readonly port: number
  readonly shared: boolean
}

interface Libc {
  socket(family: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  dup(fd: number): number
  shutdown(fd: number, how: number): number
  close(fd: number): number
  errno(): number
}

let loaded: Libc | undefined

/** Throws `config.invalid` where no socket can be held to an interface: nothing is better than a promise that is not kept. */
export function libc(): Libc {
  loaded ??= load()
  return loaded
}

function load(): Libc {
  if (process.platform !== 'linux')
    throw new PeerageError(
      'config.invalid',
      'network.interface works on Linux only: elsewhere it cannot be guaranteed that nothing leaves past the interface. Use network.proxy, or a firewall.',
    )
  try {
    const ffi = createRequire(import.meta.url)('koffi') as typeof koffi
    const library = ffi.load(null)
    return {
      socket: library.func('int socket(int, int, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
      bind: library.func('int bind(int, const void *, uint32_t)'),
      dup: library.func('int dup(int)'),
      shutdown: library.func('int shutdown(int, int)'),
      close: library.func('int close(int)'),
      errno: () => ffi.errno(),
    }
  } catch (cause) {
    throw new PeerageError(
      'config.invalid',
      'network.interface needs the package koffi, which does not work on this machine.',
      { cause },
    )
  }
}

/**
 * A socket that sends through one interface only (socket(7), SO_BINDTODEVICE; no rights are needed since Linux 5.7) and from
 * one address only, bound and not yet used. The interface alone is not enough: when it loses its address, Linux takes that of another one. Returns
 * its file descriptor. Throws the system's error.
 */
export function openHeldSocket({ kind, device, ip, family, port, shared }: HeldSocket): number {
  const { socket, setsockopt, bind, close } = libc()
  const type = kind === 'tcp' ? SOCK_STREAM : SOCK_DGRAM
  const fd = checked(socket(family === 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
  const set = (level: number, name: number, value: Uint8Array): void =>
    void checked(setsockopt(fd, level, name, value, value.length))
  const on = new Uint8Array(Int32Array.of(1).buffer)
  try {
    set(SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${device}\0`, 'latin1'))
    if (family === 6) set(IPPROTO_IPV6, IPV6_V6ONLY, on)
    if (shared || (kind === 'tcp' && port !== 0)) set(SOL_SOCKET, SO_REUSEADDR, on)
    if (kind === 'tcp' && port === 0) set(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, on)
    const address = socketAddress(family, ip, port)
    checked(bind(fd, address, address.length))
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}

/**
 * A second hold on a socket, which outlives the first; undefined: there are too many. Once it says goodbye nothing more is sent, but what still comes
 * finds the socket.
 */
export function holdSocket(fd: number): { sayGoodbye(): void; close(): void } | undefined {
  const { dup, shutdown, close } = libc()
  const held = fd < 0 ? -1 : dup(fd)
  if (held < 0) return undefined
  return { sayGoodbye: () => void shutdown(held, SHUT_WR), close: () => void close(held) }
}

/** sockaddr_in (ip(7)) or sockaddr_in6 (ipv6(7)). */
function socketAddress(family: 4 | 6, ip: string | undefined, port: number): Uint8Array {
  const bytes = Buffer.alloc(family === 4 ? 16 : 28)
  // Of the machine's own byte order, and small enough for one byte.
  const [low, high] = endianness === 'LE' ? [0, 1] : [1, 0]
  bytes[low] = family === 4 ? AF_INET : AF_INET6
  bytes[high] = 0
  bytes.writeUInt16BE(port, 2)
  if (ip !== undefined) bytes.set(addressBytes(ip), family === 4 ? 4 : 8)
  return bytes
}

const endianness = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'LE' : 'BE'

function checked(result: number): number {
  if (result >= 0) return result
  const errno = libc().errno()
  const code = errno === EADDRINUSE ? 'EADDRINUSE' : `errno ${errno}`
  throw Object.assign(new Error(`The system refuses a socket: ${code}`), { code })
}
