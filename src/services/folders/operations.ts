import { isAbsolute } from 'node:path'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import {
  type FolderPage,
  type FreeSpace,
  freeSpace,
  listFolder,
  makeFolder,
  type Place,
  usualDownloads,
  usualPlaces,
} from '../../store/index.ts'
import type { FoldersHost } from './host.ts'

/** Where to begin, and where downloads go. */
export interface PlacesView {
  readonly places: readonly Place[]
  /** As configured, else where the system has them. */
  readonly downloads: string
}

interface ListInput {
  path: string
  offset: number
  limit: number
  onlyFolders?: boolean | undefined
  hidden: boolean
}

const pathField = z.string().min(1).max(4096)

/** A page has no current folder, and that of the daemon is nobody's business. */
function checked(path: string): string {
  if (isAbsolute(path)) return path
  throw new PeerageError('usage.invalid', `${JSON.stringify(path.slice(0, 200))} is not a whole path.`)
}

const list: ValueOperation<FoldersHost, ListInput, FolderPage> = {
  summary: 'List a folder of the machine that the peer runs on',
  input: z.object({
    path: pathField.describe('The folder, as a whole path'),
    offset: z.int().min(0).default(0).describe('From which entry on'),
    limit: z.int().min(1).max(1000).default(500).describe('How many entries'),
    onlyFolders: z.boolean().optional().describe('Folders only'),
    hidden: z
      .boolean()
      .default(true)
      .describe('With hidden ones, which come last; --no-hidden leaves them out'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'folder list', positional: ['path'], example: 'peerage folder list ~/Pictures' },
  run: ({ config }, { path, ...input }, { signal }) =>
    listFolder(checked(path), { ...input, maxEntries: config.maxEntries, signal }),
}

const create: ValueOperation<FoldersHost, { path: string; name: string }, { path: string }> = {
  summary: 'Make a folder on the machine that the peer runs on',
  input: z.object({
    path: pathField.describe('The folder in which it is made, as a whole path'),
    name: z.string().min(1).max(255).describe('What it is called'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'folder create', positional: ['path', 'name'], example: 'peerage folder create ~ Films' },
  run: async (_host, { path, name }) => ({ path: await makeFolder(checked(path), name) }),
}

const space: ValueOperation<FoldersHost, { path: string }, FreeSpace> = {
  summary: 'Show how much room is left on the disk of a folder',
  input: z.object({ path: pathField.describe('The folder, which need not be there yet') }),
  action: 'read',
  kind: 'value',
  command: { words: 'folder space', positional: ['path'], example: 'peerage folder space ~/Downloads' },
  run: (_host, { path }) => freeSpace(checked(path)),
}

const places: ValueOperation<FoldersHost, Record<never, never>, PlacesView> = {
  summary: 'List where to begin to look for files: home, downloads, drives',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'folder places', example: 'peerage folder places' },
  run: async host => ({
    places: await usualPlaces(undefined, host.downloads()),
    downloads: host.downloads() || (await usualDownloads()),
  }),
}

/** What a user can ask of the folders service: the folders of the machine that the peer runs on, for who sits in front of a browser. */
export const foldersOperations: Readonly<{
  list: typeof list
  create: typeof create
  space: typeof space
  places: typeof places
}> = { list, create, space, places }
