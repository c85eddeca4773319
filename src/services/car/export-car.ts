import type { FileHandle } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { hashCodes, resolvePath, type VerifiedBlock, walkDag } from '../../content/index.ts'
import { type Looking, withPatience } from '../../ipfs/index.ts'
import { carSectionHead, carV2DataOffset, carV2Head, encodeCarHeader } from '../../wire/index.ts'
import type { CarHost, OpenedDag } from './host.ts'
import { writeUserFile } from './user-file.ts'

export interface ExportCarInput {
  what: string
  path?: string | undefined
  version: number
  overwrite: boolean
  /** Seconds for which nothing may come. */
  timeout: number
}

/** While it is written: how far. The last one says what is in it. */
export type ExportCarUpdate =
  | Looking
  | { readonly phase: 'writing'; readonly bytes: number; readonly blocks: number }
  | {
      readonly phase: 'exported'
      readonly root: string
      readonly path: string
      readonly bytes: number
      readonly blocks: number
    }

/** Bytes that are gathered before they are written, and after which it is told how far it is. */
const batchBytes = 4_194_304
/** Blocks that are asked for before it is their turn. */
const ahead = 16

/**
 * Writes an archive of all that is below a CID: the root first, each block once, depth first, as Kubo does.
 *
 * @throws PeerageError `content.no-such-file`, `dag.invalid`, `dag.limit`, `store.exists`, `block.missing`, `network.no-peers` when nothing has
 * come for `timeout` seconds, of kind `disk` or `network`; `signal.reason`
 */
export async function* exportCar(
  host: CarHost,
  input: ExportCarInput,
  signal: AbortSignal,
): AsyncGenerator<ExportCarUpdate> {
  const { cid, path } = host.rootOf(input.what)
  const dag = host.open(cid)
  const { world } = host
  const patience = {
    world,
    name: input.what,
    signal,
    session: () => dag.session(),
    timeoutMs: input.timeout * 1000,
  }
  try {
    yield* withPatience(patience, async function* (stop): AsyncGenerator<ExportCarUpdate> {
      const { cid: root } = await resolvePath(dag.reader, cid, path, { signal: stop })
      yield* writeCar(dag, root, input, stop)
    })
  } finally {
    dag.close()
  }
}

async function* writeCar(
  dag: OpenedDag,
  root: CID,
  { path = `${root}.car`, version, overwrite }: ExportCarInput,
  signal: AbortSignal,
): AsyncGenerator<ExportCarUpdate> {
  yield* writeUserFile(path, overwrite, async function* (file): AsyncGenerator<
    ExportCarUpdate,
    ExportCarUpdate
  > {
    const writer = new BlockWriter(file, version === 2 ? carV2DataOffset : 0, dag)
    await writer.add([encodeCarHeader([root])])
    for await (const block of walkDag(dag.reader, root, { signal, ahead })) {
      const { cid, bytes } = block
      if (cid.multihash.code === hashCodes.identity) continue
      if (await writer.add([carSectionHead(cid.bytes, bytes.length), bytes], block))
        yield { phase: 'writing', bytes: writer.bytes, blocks: writer.blocks }
    }
    await writer.flush()
    const { bytes, blocks } = writer
    if (version === 2) await file.write(carV2Head(bytes - carV2DataOffset), 0, carV2DataOffset, 0)
    return { phase: 'exported', root: root.toString(), path, bytes, blocks }
  })
}

/** Writes one after the other, in large pieces. */
class BlockWriter {
  readonly #file: FileHandle
  readonly #dag: Pick<OpenedDag, 'release'>
  #gathered: Uint8Array[] = []
  /** Blocks that are gathered. */
  #lent: VerifiedBlock[] = []
  #waiting = 0
  /** Written or waiting, with what is in front of the data. */
  bytes: number
  blocks = 0

  constructor(file: FileHandle, start: number, dag: Pick<OpenedDag, 'release'>) {
    this.#file = file
    this.#dag = dag
    this.bytes = start
  }

  /** True when something was written: what was added before, for where a block leads is looked at after it was added, and it is released when it is written. */
  async add(parts: readonly Uint8Array[], block?: VerifiedBlock): Promise<boolean> {
    const isFull = this.#waiting >= batchBytes
    if (isFull) await this.flush()
    for (const part of parts) {
      this.#gathered.push(part)
      this.#waiting += part.length
      this.bytes += part.length
    }
    if (block !== undefined) {
      this.#lent.push(block)
      this.blocks++
    }
    return isFull
  }

  async flush(): Promise<void> {
    const [parts, blocks, position] = [this.#gathered, this.#lent, this.bytes - this.#waiting]
    this.#gathered = []
    this.#lent = []
    this.#waiting = 0
    if (parts.length > 0) await this.#file.writev(parts, position)
    for (const block of blocks) this.#dag.release(block)
  }
}
