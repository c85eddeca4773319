import fs from 'node:fs'
import { dirname } from 'node:path'

/** What to make: bytes are a file, `{ run: bytes }` an executable one, `{ link }` a symlink. */
export type Plan = Readonly<
  Record<string, Uint8Array | { readonly run: Uint8Array } | { readonly link: string }>
>

/** Bytes that are the same for the same seed and differ everywhere. */
export function bytesOf(seed: number, length: number): Uint8Array {
  const words = new Uint32Array((length + 3) >> 2)
  let state = (seed * 2_654_435_761) >>> 0 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}

export function makeTree(folder: string, plan: Plan): string {
  fs.mkdirSync(folder, { recursive: true })
  for (const [name, what] of Object.entries(plan)) {
    const path = `${folder}/${name}`
    fs.mkdirSync(dirname(path), { recursive: true })
    if (what instanceof Uint8Array) fs.writeFileSync(path, what)
    else if ('run' in what) fs.writeFileSync(path, what.run, { mode: 0o755 })
    else fs.symlinkSync(what.link, path)
  }
  return folder
}

/** Every file and link below a folder: what it is, its executable bit and its bytes. To be compared with `toEqual`. */
export function treeOf(folder: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = `${entry.parentPath}/${entry.name}`
    const name = full.slice(folder.length + 1)
    if (entry.isSymbolicLink()) out[name] = `-> ${fs.readlinkSync(full)}`
    else if (entry.isFile()) {
      const mode = fs.statSync(full).mode & 0o100 ? 'x' : '-'
      out[name] = `${mode} ${fs.readFileSync(full).toString('base64')}`
    }
  }
  return out
}

/** Whether two files are the same byte for byte; quicker to tell than by comparing texts. */
export function sameBytes(one: string, other: string): boolean {
  return fs.readFileSync(one).equals(fs.readFileSync(other))
}
