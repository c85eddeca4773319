import type { CID } from 'multiformats/cid'
import type { BlockReader, VerifiedBlock } from '../content/index.ts'
import { copyOf } from '../swarm/index.ts'
import type { BlockSession, Blocks } from './ports.ts'

/**
 * Blocks of a session that somebody needs once or a few times in a row: verified, kept in memory up to a number of bytes, and in no cache on
 * disk. Two who ask at the same time share one answer.
 */
export class ReadThrough implements BlockReader {
  readonly #session: Pick<BlockSession, 'get'>
  readonly #verify: Blocks['verify']
  readonly #maxBytes: number
  /** Those used last are last. */
  readonly #kept = new Map<string, Promise<VerifiedBlock>>()
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  constructor(
    session: Pick<BlockSession, 'get'>,
    { maxBytes, verify }: { maxBytes: number; verify: Blocks['verify'] },
  ) {
    this.#session = session
    this.#verify = verify
    this.#maxBytes = maxBytes
  }

  get(cid: CID, { signal }: { readonly signal?: AbortSignal } = {}): Promise<VerifiedBlock> {
    const key = cid.toString()
    const known = this.#kept.get(key)
    if (known !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, known)
      return known
    }
    const coming = this.#session.get(cid, {
      ...(signal && { signal }),
      sink: (of, bytes) => this.#verify(of, copyOf(bytes)),
    })
    this.#kept.set(key, coming)
    coming.then(
      ({ bytes }) => this.#keep(key, bytes.length),
      () => this.#kept.delete(key),
    )
    return coming
  }

  #keep(key: string, length: number): void {
    this.#sizes.set(key, length)
    this.#bytes += length
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return
      const size = this.#sizes.get(oldest)
      if (size === undefined) continue
      this.#kept.delete(oldest)
      this.#sizes.delete(oldest)
      this.#bytes -= size
    }
  }
}
