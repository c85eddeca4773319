import { readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Somewhere to begin looking for files. */
export interface Place {
  readonly kind: 'home' | 'downloads' | 'desktop' | 'documents' | 'pictures' | 'music' | 'videos' | 'drive'
  readonly path: string
  /** What a drive is called; hostile text. */
  readonly name: string
}

type UserFolder = Exclude<Place['kind'], 'home' | 'drive'>

/** How `user-dirs.dirs` of freedesktop.org calls them, and what they are called where nobody says otherwise. */
const userFolders: Readonly<Record<UserFolder, readonly [key: string, usual: string]>> = {
  downloads: ['DOWNLOAD', 'Downloads'],
  desktop: ['DESKTOP', 'Desktop'],
  documents: ['DOCUMENTS', 'Documents'],
  pictures: ['PICTURES', 'Pictures'],
  music: ['MUSIC', 'Music'],
  videos: ['VIDEOS', process.platform === 'darwin' ? 'Movies' : 'Videos'],
}
const maxDrives = 64

/** Where the system puts downloads; the folder need not be there. */
export async function usualDownloads(home: string = homedir()): Promise<string> {
  return (await userFolder(home, 'downloads')) ?? join(home, 'Downloads')
}

/** The home folder, those in it that everybody has, and drives; only what is there. */
export async function usualPlaces(home: string = homedir(), downloads = ''): Promise<Place[]> {
  const named = Object.entries(userFolders) as [UserFolder, readonly [string, string]][]
  const own = await Promise.all(
    named.map(async ([kind, [, usual]]): Promise<Place> => {
      const chosen = kind === 'downloads' ? downloads : ''
      const path = chosen || ((await userFolder(home, kind)) ?? join(home, usual))
      return { kind, path, name: usual }
    }),
  )
  const candidates: Place[] = [{ kind: 'home', path: home, name: 'Home' }, ...own, ...(await drives())]
  const there = await Promise.all(candidates.map(({ path }) => isFolder(path)))
  const seen = new Set<string>()
  return candidates.filter(({ path, kind }, i) => {
    // Some systems say that a folder is the home itself when they have none.
    const isNew = there[i] === true && !seen.has(path) && (kind === 'home' || path !== home)
    seen.add(path)
    return isNew
  })
}

async function userFolder(home: string, kind: UserFolder): Promise<string | undefined> {
  const base = process.env.XDG_CONFIG_HOME ?? join(home, '.config')
  const text = await readFile(join(base, 'user-dirs.dirs'), 'utf8').catch(() => '')
  const [key] = userFolders[kind]
  const path = new RegExp(`^XDG_${key}_DIR="(.{1,4096})"$`, 'm').exec(text)?.[1]
  if (path === undefined) return undefined
  const full = path.replace(/^\$HOME(?=\/|$)/, home)
  return full.startsWith('/') ? full : undefined
}

async function drives(): Promise<Place[]> {
  if (process.platform === 'win32') return await letters()
  const user = process.env.USER ?? ''
  const folders =
    process.platform === 'darwin'
      ? ['/Volumes']
      : ['/media', '/mnt', ...(user === '' ? [] : [`/media/${user}`, `/run/media/${user}`])]
  const found = await Promise.all(
    folders.map(async folder => {
      const names = await readdir(folder).catch(() => [])
      return names
        .filter(name => `${folder}/${name}` !== `/media/${user}`)
        .map((name): Place => ({ kind: 'drive', path: `${folder}/${name}`, name }))
    }),
  )
  return [{ kind: 'drive', path: '/', name: '/' }, ...found.flat().slice(0, maxDrives)]
}

async function letters(): Promise<Place[]> {
  return Array.from({ length: 26 }, (_, i): Place => {
    const name = `${String.fromCharCode(65 + i)}:`
    return { kind: 'drive', path: `${name}\\`, name }
  })
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}
