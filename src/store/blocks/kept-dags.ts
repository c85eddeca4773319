import { CID } from 'multiformats/cid'
import { z } from '../../base/index.ts'
import type { KeyValue } from '../state-log.ts'

/** A DAG of a content, as it is written down outside of the database: from this it is made again when that is lost. */
export interface KeptDag {
  readonly root: string
  readonly profile: string
  /** Hash of the names of its empty folders; absent when it has none, or others have made it. */
  readonly emptyFolders?: string | undefined
}

const kind = 'store.dag'
const schema: z.ZodType<KeptDag[]> = z
  .array(
    z.object({
      root: z.string().max(512),
      profile: z.string().max(64),
      emptyFolders: z.string().max(64).optional(),
    }),
  )
  .max(16)

/** Which contents have which DAGs, by info hash. */
export class KeptDags {
  readonly #state: KeyValue

  constructor(state: KeyValue) {
    this.#state = state
  }

  of(infoHash: string): readonly KeptDag[] {
    return schema.safeParse(this.#state.get(kind, infoHash)).data ?? []
  }

  *all(): Iterable<readonly [infoHash: string, dags: readonly KeptDag[]]> {
    for (const [infoHash] of this.#state.entries(kind)) yield [infoHash, this.of(infoHash)]
  }

  add(infoHash: string, root: Uint8Array, profile: string, emptyFolders?: string): void {
    const text = String(CID.decode(root))
    const others = this.of(infoHash).filter(dag => dag.root !== text || dag.profile !== profile)
    const kept = { root: text, profile, ...(emptyFolders !== undefined && { emptyFolders }) }
    this.#state.put(kind, infoHash, [...others.slice(-15), kept])
  }

  /** One of several that a content has. */
  drop(infoHash: string, root: Uint8Array, profile: string): void {
    const text = String(CID.decode(root))
    const others = this.of(infoHash).filter(dag => dag.root !== text || dag.profile !== profile)
    this.#state.put(kind, infoHash, others)
  }

  remove(infoHash: string): void {
    if (this.of(infoHash).length > 0) this.#state.delete(kind, infoHash)
  }
}
