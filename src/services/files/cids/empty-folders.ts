import { setImmediate } from 'node:timers/promises'
import { PeerageError } from '../../../base/index.ts'
import { type Content, parseCid, walkTree } from '../../../content/index.ts'
import type { StoredContent } from '../../../store/index.ts'
import { matchFiles } from '../choice.ts'
import type { FilesHost } from '../host.ts'
import type { TransferRecord } from '../record.ts'

export interface EmptyFoldersParts {
  readonly host: Pick<FilesHost, 'ipfs' | 'world' | 'config'>
  readonly record: TransferRecord
  stored(): StoredContent | undefined
}

/** Once all files are here, nobody waits for folders for longer than this with nothing coming. */
const patienceMs = 60_000
const lookMs = 5_000
const filesPerStep = 2_000

/** BitTorrent knows no empty folders, and IPFS does: those of content that a link names by both are asked for there, while the files come from anywhere. */
export class EmptyFolders {
  readonly #parts: EmptyFoldersParts
  #running: AbortController | undefined
  #isDone = false

  constructor(parts: EmptyFoldersParts) {
    this.#parts = parts
  }

  /** Looks for them, unless that is under way or was done in this run. */
  begin(): void {
    const { host, record, stored: storedNow } = this.#parts
    const stored = storedNow()
    if (this.#running !== undefined || this.#isDone || stored?.origin !== 'download') return
    if (host.ipfs === undefined || record.ipfs === undefined || isPartly(record)) return
    const stop = new AbortController()
    this.#running = stop
    void this.#run(host.ipfs, record.ipfs.cid, stored, stop)
  }

  /** They may be gone meanwhile. */
  again(): void {
    this.#isDone = false
    this.begin()
  }

  stop(): void {
    this.#running?.abort(new Error('They are not looked for any more.'))
    this.#running = undefined
  }

  async #run(
    ipfs: NonNullable<FilesHost['ipfs']>,
    root: string,
    stored: StoredContent,
    stop: AbortController,
  ): Promise<void> {
    const session = ipfs.session(parseCid(root))
    const timer = this.#parts.host.world.every(lookMs, () => {
      if (stored.isComplete && session.quietMs > patienceMs) this.stop()
    })
    try {
      await stored.load()
      const found = stored.content.singleFile
        ? []
        : await this.#find(session, root, stored.content, stop.signal)
      stop.signal.throwIfAborted()
      await stored.addFolders(found)
      this.#isDone = true
    } catch (error) {
      // What is no folder there, or refused, or on a disk that takes no more: nothing of the content is missing for that.
      if (!stop.signal.aborted && !(error instanceof PeerageError)) throw error
    } finally {
      timer.cancel()
      session.close()
      if (this.#running === stop) this.#running = undefined
    }
  }

  /** Files are known by the content: of those nothing is asked. */
  async #find(
    session: Parameters<typeof walkTree>[0],
    root: string,
    content: Content,
    signal: AbortSignal,
  ): Promise<readonly (readonly string[])[]> {
    const { host, record } = this.#parts
    const files = await pathsOf(content)
    const found: (readonly string[])[] = []
    const options = {
      signal,
      maxEntries: host.config.maxTreeEntries,
      passes: (path: readonly string[]) => files.has(path.join('/')),
    }
    for await (const { path, stat } of walkTree(session, parseCid(root), options))
      if (stat?.kind === 'directory') found.push(path)
    return chosenOf(found, content, record)
  }
}

/** A magnet link named some of its files, by number: folders have none. */
function isPartly({ selectOnly }: TransferRecord): boolean {
  return selectOnly !== undefined
}

async function pathsOf({ files }: Content): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for (const { path } of files) if (paths.add(path.join('/')).size % filesPerStep === 0) await setImmediate()
  return paths
}

/** Those that the user's wish names; a wish may name files alone. */
function chosenOf(
  folders: readonly (readonly string[])[],
  { name, files }: Content,
  { choose }: TransferRecord,
): readonly (readonly string[])[] {
  if (choose === undefined) return folders
  const paths = [...files.map(({ path }) => path), ...folders]
  const chosen = matchFiles({ name, files: paths.map((path, index) => ({ path, index })) }, choose)
  return folders.filter((_, index) => chosen.has(files.length + index))
}
