import { type StreamOperation, type ValueOperation, z } from '../../../base/index.ts'
import type { Fact } from '../facts.ts'
import type { Files } from '../files.ts'
import { fileKinds } from '../kinds.ts'
import type { LibraryInput, LibraryPage } from '../library.ts'
import type { PieceCells } from '../piece-cells.ts'
import type { Speeds } from '../speeds.ts'
import type { WatchUpdate } from '../watch/watch.ts'
import { contentField } from './fields.ts'

export const watch: StreamOperation<Files, Record<never, never>, WatchUpdate> = {
  summary: 'List everything that is shared or fetched, and what changes of it once a second',
  input: z.object({}),
  action: 'read',
  kind: 'stream',
  command: { words: 'watch', example: 'peerage watch' },
  run: (files, _, { signal }) => files.watch(signal),
}

export const pieces: ValueOperation<Files, { content: string }, PieceCells> = {
  summary: 'Map the pieces of a content: what is here, and how many peers have it',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'pieces', positional: ['content'], example: 'peerage pieces Summer' },
  run: async (files, { content }) => {
    await files.load(content)
    return files.pieces(content)
  },
}

export const speeds: ValueOperation<Files, { content?: string | undefined }, Speeds> = {
  summary: 'Show how fast a content, or everything, came and went during the last hour',
  input: z.object({ content: contentField.optional() }),
  action: 'read',
  kind: 'value',
  command: { words: 'speeds', positional: ['content'], example: 'peerage speeds Summer' },
  run: async (files, { content }) => files.speeds(content),
}

export const facts: ValueOperation<Files, { content: string }, readonly Fact[]> = {
  summary: 'Tell what happened to a content since the peer was started',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'facts', positional: ['content'], example: 'peerage facts Summer' },
  run: async (files, { content }) => files.facts(content),
}

export const library: ValueOperation<Files, LibraryInput, LibraryPage> = {
  summary: 'List the files that are here, whole or in part, by kind',
  input: z.object({
    kind: z.enum(fileKinds).optional().describe('Only these'),
    search: z.string().max(512).optional().describe('Only those whose path has all these words'),
    offset: z.int().min(0).default(0).describe('How many to leave out, the newest first'),
    limit: z.int().min(1).max(1000).default(200).describe('How many to list'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'library', example: 'peerage library --kind video' },
  run: (files, input) => files.library(input),
}
