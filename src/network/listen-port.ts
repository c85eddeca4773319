import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { PeerageError } from '../base/index.ts'
import type { Egress } from './egress/index.ts'

const attempts = 8

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
async function tryPort(
  egress: Egress,
  hosts: readonly string[],
  wanted: number,
): Promise<ListenPort | undefined> {
  const opened: (() => Promise<unknown>)[] = []
  const usable: string[] = []
  let port = wanted
  try {
    for (const host of hosts) {
      try {
        const door = await egress.listen(host, port, socket => socket.destroy())
        opened.push(() => door.close())
        usable.push(host)
        port = door.port ?? port
        if (!egress.isDirect) continue
        const socket = await egress.udp({ family: isIPv6(host) ? 6 : 4, host, port })
        opened.push(() => once(socket.close(), 'close'))
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
    await Promise.all(opened.map(close => close()))
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
export async function findListenPort(
  egress: Egress,
  hosts: readonly string[],
  wanted: number,
): Promise<ListenPort> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await tryPort(egress, hosts, wanted)
    if (found !== undefined) return found
  }
  throw portInUse(wanted)
}
