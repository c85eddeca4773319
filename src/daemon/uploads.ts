import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PeerageError, type Timer, toHex, type World, z } from '../base/index.ts'
import { discardUploaded, sweepUploads, Upload, usualDownloads } from '../store/index.ts'
import type { DaemonConfig } from './config.ts'

export interface UploadsHost {
  readonly world: World
  /** Folder of this peer, for what is only to be opened. */
  readonly home: string
  readonly config: Pick<DaemonConfig, 'maxUploads' | 'maxUploadFiles' | 'uploadIdleMs'>
  /** Where downloads go as configured; empty: as the system has it. */
  downloads(): string
}

/** What a browser says of files before they come. */
interface BeginInput {
  /** Of the file, or of the folder that gets all of them. */
  name: string
  /** Paths below the root, names with `/` between them; of a single file just its name. */
  files: { path: string; size: number }[]
  /** A folder around them, even if it is one. */
  folder: boolean
  /** `share`: kept among what was shared from the browser; `open`: a `.torrent` or `.car`, kept until the peer stops. */
  purpose: 'share' | 'open'
}

interface Entry {
  readonly upload: Upload
  readonly purpose: BeginInput['purpose']
  idle: Timer
  /** Files that come at this moment. */
  coming: number
}

/** Where what was dropped into a browser stands, below the folder of downloads. */
const sharedFromBrowser = 'Shared from the browser'

const idBytes = 16
/** How many files are kept that came to be opened only. */
const maxOpened = 32
/** Of the list of files that will come, in bytes. */
const maxListBytes = 16 * 2 ** 20

/** Files on their way from a browser. What is not finished is deleted when nobody goes on with it, and when the daemon stops. */
export class Uploads {
  readonly #host: UploadsHost
  readonly #all = new Map<string, Entry>()
  /** Paths of what came to be opened only. */
  readonly #opened = new Map<string, string>()

  constructor(host: UploadsHost) {
    this.#host = host
  }

  /** Deletes what an earlier run was to open. */
  async start(): Promise<void> {
    await discardUploaded(this.#openedFolder).catch(() => undefined)
  }

  /** Throws `usage.invalid`, `network.limit`, `path.unsafe`, `store.disk-full`, of kind `disk`. */
  async begin(input: unknown): Promise<{ upload: string; folder: string }> {
    const { config, world } = this.#host
    const parsed = beginSchema(config.maxUploadFiles).safeParse(input)
    if (!parsed.success)
      throw new PeerageError(
        'usage.invalid',
        `The list of files is not valid: ${parsed.error.issues[0]?.message}.`,
      )
    if (this.#all.size >= config.maxUploads)
      throw new PeerageError(
        'network.limit',
        `${config.maxUploads} uploads go on already (daemon.maxUploads).`,
      )
    const { name, files, folder: isFolder, purpose } = parsed.data
    const folder = await this.#folderFor(purpose)
    await sweepUploads(folder, world.wallTime())
    const upload = await Upload.begin({
      folder,
      name,
      singleFile: !isFolder && files.length === 1,
      files: files.map(({ path, size }) => ({ path: path.split('/'), size })),
    })
    const id = toHex(world.random.bytes(idBytes))
    this.#all.set(id, { upload, purpose, idle: this.#forgetLater(id), coming: 0 })
    return { upload: id, folder: upload.folder }
  }

  /** Throws `usage.invalid`, of kind `disk`, what the stream throws. */
  async receive(id: string, index: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const entry = this.#find(id)
    entry.idle.cancel()
    entry.coming++
    try {
      await entry.upload.receive(index, bytes)
    } finally {
      entry.coming--
      if (entry.coming === 0 && this.#all.has(id)) entry.idle = this.#forgetLater(id)
    }
  }

  /** The path at which all of it stands now. */
  async finish(id: string): Promise<{ path: string }> {
    const entry = this.#find(id)
    const path = await entry.upload.finish()
    this.#forget(id, entry)
    if (entry.purpose === 'open') await this.#keepOpened(id, path)
    return { path }
  }

  /** Nothing is left of what has not come as a whole, or came to be opened only. */
  async cancel(id: string): Promise<void> {
    const opened = this.#opened.get(id)
    if (opened !== undefined) {
      this.#opened.delete(id)
      return await discardUploaded(opened)
    }
    const entry = this.#find(id)
    this.#forget(id, entry)
    await entry.upload.discard()
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#all.keys()].map(id => this.cancel(id)))
    await this.start()
  }

  get #openedFolder(): string {
    return join(this.#host.home, 'opened')
  }

  /** The oldest go. */
  async #keepOpened(id: string, path: string): Promise<void> {
    this.#opened.set(id, path)
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= maxOpened) break
      await this.cancel(oldest)
    }
  }

  async #folderFor(purpose: BeginInput['purpose']): Promise<string> {
    if (purpose === 'open') return this.#openedFolder
    return join(this.#host.downloads() || (await usualDownloads()), sharedFromBrowser)
  }

  #find(id: string): Entry {
    const entry = this.#all.get(id)
    if (entry !== undefined) return entry
    throw new PeerageError('usage.invalid', 'There is no such upload any more; begin again.')
  }

  #forget(id: string, { idle }: Entry): void {
    idle.cancel()
    this.#all.delete(id)
  }

  #forgetLater(id: string): Timer {
    return this.#host.world.after(this.#host.config.uploadIdleMs, () => {
      void this.cancel(id).catch(() => undefined)
    })
  }
}

function beginSchema(maxFiles: number): z.ZodType<BeginInput> {
  const size = z.int().min(0)
  return z.object({
    name: z.string().min(1).max(1024),
    files: z
      .array(z.object({ path: z.string().min(1).max(4096), size }))
      .min(1)
      .max(maxFiles),
    folder: z.boolean().default(false),
    purpose: z.enum(['share', 'open']).default('share'),
  })
}

/** `POST /api/upload`, then each file to `/api/upload/ID/INDEX`, then `/api/upload/ID/finish` or `/api/upload/ID/cancel`. */
export function serveUploads(api: FastifyInstance, uploads: Uploads): void {
  api.register(async scope => {
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    scope.post('/api/upload', { bodyLimit: maxListBytes }, request => uploads.begin(request.body))
    scope.post<{ Params: { id: string; index: string } }>(
      '/api/upload/:id/:index',
      async (request: FastifyRequest<{ Params: { id: string; index: string } }>, reply: FastifyReply) => {
        const { id, index } = request.params
        if (index === 'finish') return await uploads.finish(id)
        if (index === 'cancel') await uploads.cancel(id)
        else if (request.body instanceof Object && 'pipe' in request.body && /^\d{1,7}$/.test(index))
          await uploads.receive(id, Number(index), request.body as Readable)
        else throw new PeerageError('usage.invalid', 'Files come as application/octet-stream.')
        return await reply.send({})
      },
    )
  })
}
