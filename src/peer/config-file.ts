import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { PeerageError } from '../base/index.ts'
import { currentKey } from './former-keys.ts'

/** HOME/config.json, sorted into values by key and sections that belong to somebody else. */
export interface ConfigFile {
  readonly values: ReadonlyMap<string, unknown>
  readonly others: Readonly<Record<string, unknown>>
}

export interface KnownKeys {
  has(key: string): boolean
  readonly otherSections: readonly string[]
}

/** Reads HOME/config.json; a missing file is empty. Throws `config.invalid` that names the file and the key. */
export async function readConfigFile(home: string, known: KnownKeys): Promise<ConfigFile> {
  const path = join(home, 'config.json')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw new PeerageError('config.invalid', `${path} cannot be read (${error.code ?? 'unknown'}).`, {
      cause: error,
    })
  })
  return sortValues(parseObject(text, path), path, known)
}

function parseObject(text: string, path: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PeerageError('config.invalid', `${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
  if (isObject(value)) return value
  throw new PeerageError('config.invalid', `${path} must hold a JSON object.`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortValues(content: object, path: string, known: KnownKeys): ConfigFile {
  const values = new Map<string, unknown>()
  const others: Record<string, unknown> = {}
  const walk = (key: string, value: unknown): void => {
    const now = currentKey(key)
    if (known.has(now)) {
      // What somebody says by the name of now counts more.
      if (key === now || !values.has(now)) values.set(now, value)
    } else if (isObject(value))
      for (const [name, inner] of Object.entries(value)) walk(`${key}.${name}`, inner)
    else throw new PeerageError('config.invalid', `${path}: there is no key "${key}".`, { details: { key } })
  }
  for (const [name, value] of Object.entries(content)) {
    if (known.otherSections.includes(name)) others[name] = value
    else walk(name, value)
  }
  return { values, others }
}

/** The object that flat keys spell: `network.port` becomes `{ network: { port } }`. Undefined values are left out. */
export function nestValues(values: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of values) {
    if (value === undefined) continue
    const path = key.split('.')
    let at = out
    for (const part of path.slice(0, -1)) {
      const inner = (at[part] ?? {}) as Record<string, unknown>
      at[part] = inner
      at = inner
    }
    at[path.at(-1)!] = value
  }
  return out
}

/** Written beside, flushed, then renamed over the old one, so that a crash leaves either the old or the new file. */
export async function writeConfigFile(home: string, { values, others }: ConfigFile): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = join(home, 'config.json')
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ ...others, ...nestValues(values) }, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
