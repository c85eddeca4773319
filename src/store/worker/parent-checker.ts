import fs from 'node:fs'
import { Failed } from './failed.ts'

const trustMs = 1000
const maxRemembered = 8192

/**
 * Makes sure, each time a file is opened for writing, that every folder between the base and the file is a real folder
 * and no symlink (schollz/croc#1191), and creates those that are missing. The base itself is never created: when it is
 * gone, so is the disk. What was looked at is trusted for a second.
 */
export class ParentChecker {
  readonly #seen = new Map<string, number>()
  readonly #made = new Set<string>()

  /** Throws `Failed` (`base-missing`, `symlink`) or an errno. */
  ensure(base: string, path: string): void {
    const end = path.lastIndexOf('/')
    const folder = end < 0 ? base : `${base}/${path.slice(0, end)}`
    const now = performance.now()
    const seen = this.#seen.get(folder)
    if (seen !== undefined && now - seen < trustMs) return
    this.#checkBase(base, now)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      this.#checkFolder(`${base}/${path.slice(0, at)}`, now)
  }

  /** True when this thread created the folder of the file, so that nothing else stands in it. */
  isOurs(base: string, path: string): boolean {
    const end = path.lastIndexOf('/')
    return end >= 0 && this.#made.has(`${base}/${path.slice(0, end)}`)
  }

  forget(): void {
    this.#seen.clear()
    this.#made.clear()
  }

  #checkBase(base: string, now: number): void {
    if (this.#fresh(base, now)) return
    const stat = fs.statSync(base, { throwIfNoEntry: false })
    if (stat === undefined || !stat.isDirectory()) throw new Failed('base-missing', base)
    this.#remember(base, now)
  }

  #checkFolder(folder: string, now: number): void {
    if (this.#fresh(folder, now)) return
    const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
    if (stat === undefined) this.#make(folder)
    else if (stat.isSymbolicLink()) throw new Failed('symlink', folder)
    else if (!stat.isDirectory()) throw new Failed('exists', folder)
    this.#remember(folder, now)
  }

  #make(folder: string): void {
    try {
      fs.mkdirSync(folder)
      if (this.#made.size >= maxRemembered) this.#made.clear()
      this.#made.add(folder)
    } catch (error) {
      // Another thread was first.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !fs.lstatSync(folder).isDirectory())
        throw error
    }
  }

  #fresh(folder: string, now: number): boolean {
    const seen = this.#seen.get(folder)
    return seen !== undefined && now - seen < trustMs
  }

  #remember(folder: string, now: number): void {
    if (this.#seen.size >= maxRemembered) this.#seen.clear()
    this.#seen.set(folder, now)
  }
}
