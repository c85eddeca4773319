import { type StreamOperation, z } from '../../../base/index.ts'
import type { CidInput, CidUpdate } from '../cids/cid-of-path.ts'
import type { CreateInput, CreateUpdate } from '../create-torrent.ts'
import type { Files } from '../files.ts'
import { pathField } from './fields.ts'

const urls = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z.array(z.string().max(2048)).max(64).optional().describe(what)

/** What a person may say of a torrent that is made. */
export const torrentFields: {
  readonly pieceLength: z.ZodOptional<z.ZodInt>
  readonly hybrid: z.ZodOptional<z.ZodBoolean>
  readonly comment: z.ZodOptional<z.ZodString>
  readonly source: z.ZodOptional<z.ZodString>
} = {
  pieceLength: z
    .int()
    .min(16_384)
    .max(16_777_216)
    .optional()
    .describe('Piece length in bytes, a power of two; chosen by size when left out'),
  hybrid: z.boolean().optional().describe('Also readable by BitTorrent v1 programs'),
  comment: z.string().max(4096).optional().describe('A remark in the .torrent file'),
  source: z
    .string()
    .max(1024)
    .optional()
    .describe('Where it comes from: makes another info hash for the same files, as private trackers want it'),
}

export const create: StreamOperation<Files, CreateInput, CreateUpdate> = {
  summary: 'Write the .torrent file of a file or folder, without offering it',
  input: z.object({
    path: pathField('The file or folder'),
    torrent: pathField('The .torrent file to write'),
    tracker: urls(
      'Announce it to this tracker; may be repeated, in the order in which they are tried; with commas between them: in any order',
    ),
    webSeed: urls('A web server that has it, too; may be repeated'),
    private: z.boolean().optional().describe('Only its trackers may tell who has it (BEP 27)'),
    ...torrentFields,
    date: z.boolean().optional().describe('Say in it when it was made'),
    overwrite: z.boolean().default(false).describe('Replace a file that is there already'),
  }),
  action: 'write',
  kind: 'stream',
  command: {
    words: 'create',
    positional: ['path', 'torrent'],
    example: 'peerage create ~/Pictures/Summer summer.torrent --tracker udp://tracker.example:6969',
  },
  run: (files, input, { signal }) => files.create(input, signal),
}

export const cid: StreamOperation<Files, CidInput, CidUpdate> = {
  summary: 'Print the CID that a file or folder has on IPFS, without adding it to anything',
  input: z.object({
    path: pathField('The file or folder'),
    profile: z
      .enum(['unixfs-v1-2025', 'unixfs-v0-2015'])
      .default('unixfs-v1-2025')
      .describe('How it is cut and linked: as a share is, or as Kubo does unless told otherwise'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'cid', positional: ['path'], example: 'peerage cid ~/Pictures/Summer' },
  run: (files, input, { signal }) => files.cid(input, signal),
}
