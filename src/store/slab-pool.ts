/** Bytes of one slab: room for the longest segment of v2 content. A v1 piece may need several, in one buffer. */
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
  /** How many slabs' worth of the bound it takes. */
  readonly units: number
  used: number
  leases: number
}

/** Whom the pool tells of its buffers, to hand them to the workers and to take them away. */
export interface SlabListener {
  added(index: number, buffer: SharedArrayBuffer): void
  removed(index: number): void
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
 * A bounded set of shared buffers, usually of 1 MiB: the byte ledger of everything between the network and the disk. Large
 * leases take a slab; small ones share one, which is free again when the last of them is released. v1 pieces of more than
 * 1 MiB (BEP 3 verifies them as a whole) take a buffer of their own, which counts as so many slabs.
 */
export class SlabPool {
  readonly #limit: number
  readonly #live = new Map<number, Slab>()
  readonly #free: Slab[] = []
  readonly #freeLarge: Slab[] = []
  #current: Slab | undefined
  #units = 0
  #freeUnits = 0
  #nextIndex = 0
  readonly #listener: SlabListener

  constructor(limitBytes: number, listener: SlabListener) {
    this.#limit = Math.max(1, Math.floor(limitBytes / slabBytes))
    this.#listener = listener
  }

  /** Slabs that hold at least one lease. */
  get busy(): number {
    return this.#units - this.#freeUnits - (this.#current?.leases === 0 ? 1 : 0)
  }

  get isHalfTaken(): boolean {
    return this.busy * 2 >= this.#limit
  }

  /** The longest lease there can ever be, in bytes. */
  get longest(): number {
    return this.#limit * slabBytes
  }

  /** Undefined when too many slabs are taken: ask again after a release. */
  lease(length: number): Lease | undefined {
    if (!Number.isInteger(length) || length <= 0) throw new TypeError('a lease is at least a byte long')
    if (length > slabBytes) return this.#leaseLarge(length)
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
    if (!(lease instanceof SlabLease) || this.#live.get(lease.slab.index) !== lease.slab)
      throw new TypeError('not a lease of this store')
    return { slab: lease.slab.index, at: lease.bytes.byteOffset }
  }

  giveBack(slab: Slab): void {
    if (--slab.leases > 0) return
    slab.used = 0
    if (slab === this.#current) return
    this.#freeUnits += slab.units
    if (slab.units > 1) this.#freeLarge.push(slab)
    else this.#free.push(slab)
  }

  #slabWith(room: number): Slab | undefined {
    const current = this.#current
    if (current !== undefined && current.used + room <= slabBytes) return current
    const slab = this.#takeFree(this.#free, this.#free.length - 1) ?? this.#grow(1)
    if (slab === undefined) return undefined
    // The fuller of the two is put aside until its leases are gone.
    if (room < slabBytes) this.#current = slab
    return slab
  }

  #leaseLarge(length: number): Lease | undefined {
    const units = Math.ceil(length / slabBytes)
    if (this.#current?.leases === 0) {
      this.#freeUnits++
      this.#free.push(this.#current)
      this.#current = undefined
    }
    const slab =
      this.#takeFree(
        this.#freeLarge,
        this.#freeLarge.findIndex(free => free.units === units),
      ) ?? this.#grow(units)
    if (slab === undefined) return undefined
    slab.leases = 1
    return new SlabLease(this, slab, 0, length)
  }

  #takeFree(free: Slab[], at: number): Slab | undefined {
    const [slab] = at < 0 ? [] : free.splice(at, 1)
    if (slab !== undefined) this.#freeUnits -= slab.units
    return slab
  }

  /** A new buffer, in the place of free ones when the bound is reached. */
  #grow(units: number): Slab | undefined {
    if (this.#units - this.#freeUnits + units > this.#limit) return undefined
    while (this.#units + units > this.#limit) {
      const from = this.#freeLarge.length > 0 ? this.#freeLarge : this.#free
      const gone = this.#takeFree(from, 0)!
      this.#live.delete(gone.index)
      this.#units -= gone.units
      this.#listener.removed(gone.index)
    }
    const slab: Slab = {
      index: this.#nextIndex++,
      buffer: new SharedArrayBuffer(units * slabBytes),
      units,
      used: 0,
      leases: 0,
    }
    this.#units += units
    this.#live.set(slab.index, slab)
    this.#listener.added(slab.index, slab.buffer)
    return slab
  }
}
