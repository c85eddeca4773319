import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from '../../base/index.ts'
import { diskErrorOf } from '../disk-errors.ts'
import type { TreeFile } from './tree-layout.ts'

/** The files of a tree that is not whole, as far as they are found again by it to be deleted. */
export interface TreeNames {
  readonly name: string
  readonly singleFile: boolean
  readonly files: readonly Pick<TreeFile, 'path' | 'size' | 'mtimeMs'>[]
}

const namesPerStep = 1000

const headSchema = z.object({ name: z.string(), singleFile: z.boolean() })
const fileSchema = z.tuple([z.number().min(0), z.number().nullable()], z.string())

/** Those of one DAG each: HOME/trees/ID, a line of JSON a file. There may be too many for `state`, which memory holds. */
export class TreeNamesFolder {
  readonly #folder: string

  constructor(home: string) {
    this.#folder = `${home}/trees`
  }

  /** Durable when it resolves. Rejects with what the disk says. */
  async save(dag: number, names: TreeNames): Promise<void> {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      await using file = await open(this.#pathOf(dag), 'w', 0o600)
      await file.writeFile(linesOf(names))
      await file.sync()
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.#folder)
    }
  }

  has(dag: number): boolean {
    return existsSync(this.#pathOf(dag))
  }

  /** Undefined when they are not there, or damaged. */
  async read(dag: number): Promise<TreeNames | undefined> {
    try {
      await using file = await open(this.#pathOf(dag))
      let head: z.infer<typeof headSchema> | undefined
      const files: TreeNames['files'][number][] = []
      for await (const line of file.readLines()) {
        const parsed: unknown = JSON.parse(line)
        if (head === undefined) {
          head = headSchema.parse(parsed)
          continue
        }
        const [size, mtimeMs, ...path] = fileSchema.parse(parsed)
        files.push({ path, size, ...(mtimeMs !== null && { mtimeMs }) })
      }
      return head && { ...head, files }
    } catch {
      return undefined
    }
  }

  remove(dag: number): void {
    rmSync(this.#pathOf(dag), { force: true })
  }

  /** A crash came between those and the rest of what is known of them. */
  removeOthers(known: ReadonlySet<number>): void {
    if (!existsSync(this.#folder)) return
    for (const name of readdirSync(this.#folder))
      if (!known.has(Number(name))) rmSync(`${this.#folder}/${name}`, { force: true })
  }

  #pathOf(dag: number): string {
    return `${this.#folder}/${dag}`
  }
}

function* linesOf({ name, singleFile, files }: TreeNames): Generator<string> {
  yield `${JSON.stringify({ name, singleFile })}\n`
  for (let from = 0; from < files.length; from += namesPerStep) {
    const some = files.slice(from, from + namesPerStep)
    yield some
      .map(({ path, size, mtimeMs = null }) => `${JSON.stringify([size, mtimeMs, ...path])}\n`)
      .join('')
  }
}
