import { randomBytes } from 'node:crypto'
import type { ConnectionProtector, MessageStream } from '@libp2p/interface'
import { salsa20 } from '@noble/ciphers/salsa.js'
import { shake128 } from '@noble/hashes/sha3.js'
import { toHex, utf8, type World } from '../../base/index.ts'
import { type Carrier, isCarrier, TcpConnection } from '../transports/index.ts'
import { otherKey, PrivateSocket } from './private-socket.ts'
import { type Sealable, sealedDatagrams } from './sealed-datagrams.ts'

/** A private network as this peer sees it. */
export interface PrivateNetworkState {
  /** Tells keys apart without showing them; Kubo prints the same of the same key. */
  readonly fingerprint: string
  /** Connections in this run whose other side had another key, or none. */
  readonly refused: number
  /** Of the latest; the multiaddr as seen from here, World.wallTime(). */
  readonly last?: { readonly address: string; readonly at: number }
}

/** Keeps every connection of this peer to those who have the same key (libp2p specs `pnet`). */
export class PrivateNetwork implements ConnectionProtector {
  readonly #key: Uint8Array
  readonly #world: World
  readonly #fingerprint: string
  #refused = 0
  #last: PrivateNetworkState['last']

  constructor(key: Uint8Array, world: World) {
    this.#key = key
    this.#world = world
    this.#fingerprint = keyFingerprint(key)
  }

  get state(): PrivateNetworkState {
    const last = this.#last
    return { fingerprint: this.#fingerprint, refused: this.#refused, ...(last && { last }) }
  }

  /** Why a dial failed. Who has another key closes the connection, often before what it sent is here to be judged. */
  explain(error: unknown): unknown {
    return error instanceof Error &&
      error.name === 'EncryptionFailedError' &&
      /EOF|private/.test(error.message)
      ? otherKey(error)
      : error
  }

  /** Datagrams that only those of this network answer. */
  sealed(datagrams: Sealable): Sealable {
    return sealedDatagrams(datagrams, this.#key)
  }

  async protect(connection: MessageStream): Promise<MessageStream> {
    if (!isCarrier(connection)) throw new TypeError('It cannot be hidden by the key of a private network.')
    const refused = (): void => {
      this.#refused++
      this.#last = { address: connection.remoteAddr.toString(), at: this.#world.wallTime() }
      hidden.abort(otherKey())
    }
    const { direction } = connection
    const nonce = randomBytes(24)
    const inner = connection.detach()
    const socket = new PrivateSocket({
      inner,
      key: this.#key,
      nonce,
      dialled: direction === 'outbound',
      refused,
    })
    connection.adopt(socket)
    const hidden = new PrivateConnection(connection, socket)
    return hidden
  }
}

/** What is inside; whatever ends one of both ends the other. */
class PrivateConnection extends TcpConnection {
  override readonly isInside: boolean
  readonly #outer: Carrier

  constructor(outer: Carrier, socket: PrivateSocket) {
    const { remoteAddr, direction, log } = outer
    super({ socket, remoteAddr, direction, log, maxHandshakeBytes: 0 })
    this.#outer = outer
    this.isInside = outer.isInside
  }

  /** Counted there, until the outer one is trusted. */
  override mayTake(bytes: number): boolean {
    return this.#outer.mayTake(bytes)
  }

  override adopt(secure: Parameters<Carrier['adopt']>[0]): void {
    super.adopt(secure)
    this.#outer.adopt(secure)
  }
}

/** 16 bytes in hex. */
export function keyFingerprint(key: Uint8Array): string {
  const hidden = salsa20(key, utf8('finprint'), new Uint8Array(64))
  return toHex(shake128(hidden, { dkLen: 16 }))
}
