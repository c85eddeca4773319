/** Bytes of one slab: room for the longest segment. */
export const slabBytes: number = 2 ** 20

/** Room for unverified bytes in shared memory. They reach the disk only through `accept`, which releases it. */
export interface Lease {
  readonly bytes: Uint8Array
  /** Gives the room back; calling it again does nothing. */
  release(): void
}

interface Slab {
  readonly index: number
  readonly buffer: SharedArrayBuffer
  used: number
  leases: number
}

class SlabLease implements Lease {
  readonly bytes: Uint8Array
  readonly slab: Slab
  readonly #pool: SlabPool
  #released = false

  constructor(pool: SlabPool, slab: Slab, at: number, length: number) {
    this.#pool = pool
    this.slab = slab
    this.bytes = new Uint8Array(slab.buffer, at, length)
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#pool.giveBack(this.slab)
  }
}

/**
 * A bounded set of 1 MiB shared buffers: the byte ledger of everything between the network and the disk. Large leases
 * take a slab; small ones share one, which is free again when the last of them is released.
 */
export class SlabPool {
  readonly #limit: number
  readonly #all: Slab[] = []
  readonly #free: Slab[] = []
  #current: Slab | undefined
  readonly #onSlab: (index: number, buffer: SharedArrayBuffer) => void

  /** `onSlab` is told of each new buffer, to hand it to the workers. */
  constructor(limitBytes: number, onSlab: (index: number, buffer: SharedArrayBuffer) => void) {
    this.#limit = Math.max(1, Math.floor(limitBytes / slabBytes))
    this.#onSlab = onSlab
  }

  /** Slabs that hold at least one lease. */
  get busy(): number {
    return this.#all.length - this.#free.length - (this.#current?.leases === 0 ? 1 : 0)
  }

  get isHalfTaken(): boolean {
    return this.busy * 2 >= this.#limit
  }

  /** Undefined when all slabs are taken: ask again after a release. */
  lease(length: number): Lease | undefined {
    if (!Number.isInteger(length) || length <= 0 || length > slabBytes)
      throw new TypeError(`a lease is 1 to ${slabBytes} bytes long`)
    const room = Math.ceil(length / 64) * 64
    const slab = this.#slabWith(room)
    if (slab === undefined) return undefined
    const at = slab.used
    slab.used += room
    slab.leases++
    return new SlabLease(this, slab, at, length)
  }

  /** Where the bytes of a lease are, for the workers. `TypeError` for a lease of another pool. */
  locate(lease: Lease): { slab: number; at: number } {
    if (!(lease instanceof SlabLease) || this.#all[lease.slab.index] !== lease.slab)
      throw new TypeError('not a lease of this store')
    return { slab: lease.slab.index, at: lease.bytes.byteOffset }
  }

  giveBack(slab: Slab): void {
    if (--slab.leases > 0) return
    slab.used = 0
    if (slab !== this.#current) this.#free.push(slab)
  }

  #slabWith(room: number): Slab | undefined {
    const current = this.#current
    if (current !== undefined && current.used + room <= slabBytes) return current
    const slab = this.#free.pop() ?? this.#grow()
    if (slab === undefined) return undefined
    // The fuller of the two is put aside until its leases are gone.
    if (room < slabBytes) this.#current = slab
    return slab
  }

  #grow(): Slab | undefined {
    if (this.#all.length >= this.#limit) return undefined
    const slab: Slab = {
      index: this.#all.length,
      buffer: new SharedArrayBuffer(slabBytes),
      used: 0,
      leases: 0,
    }
    this.#all.push(slab)
    this.#onSlab(slab.index, slab.buffer)
    return slab
  }
}
