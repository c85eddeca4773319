import { type StreamOperation, type ValueOperation, z } from '../../../base/index.ts'
import type { Files } from '../files.ts'
import type { ExportInput, ShareInput, ShareUpdate } from '../inputs.ts'
import { torrentFields } from './create.ts'
import { contentField, pathField } from './fields.ts'

const boundField = (what: string): z.ZodOptional<z.ZodString> => z.string().max(64).optional().describe(what)

export const share: StreamOperation<Files, ShareInput, ShareUpdate> = {
  summary: 'Offer a file or folder, where it stands, and print its link',
  input: z.object({
    path: pathField('The file or folder'),
    who: z
      .array(z.string().max(200))
      .max(1000)
      .optional()
      .describe(
        'Who may fetch it: secret (whoever has the link; so it is when left out), everyone, contacts, contact:NAME, circle:NAME, circle:NAME/member or peer:ID; may be repeated',
      ),
    from: boundField('Not before: 2026-12-24, "2026-12-24 18:30", or 3d, 12h, 30min from now'),
    until: boundField('Not after; written as --from, and a day counts as a whole'),
    hours: boundField('Only at these hours of the day here: 08:00-18:00'),
    bytes: boundField('So much for each of them in all: 10GB'),
    bytesADay: boundField('So much for each of them a day'),
    rate: boundField('So fast for each of them: 1MB/s'),
    uses: z.int().min(0).optional().describe('So many times for each of them'),
    lanOnly: z.boolean().optional().describe('Only on the local network'),
    ...torrentFields,
    public: z.boolean().optional().describe('Offer it to everyone, on the public BitTorrent network too'),
    on: z
      .string()
      .max(64)
      .optional()
      .describe(
        'Networks, with commas between them: bittorrent and ipfs (both for everyone), private; of what is shared already: these from now on',
      ),
    tracker: z
      .array(z.string().max(2048))
      .max(64)
      .optional()
      .describe(
        'With --public: announce it to this tracker, own is the one of this peer; may be repeated, in the order in which they are tried; with commas between them: in any order',
      ),
    webSeed: z
      .array(z.string().max(2048))
      .max(64)
      .optional()
      .describe('With --public: a web server that has it, too; may be repeated'),
    private: z.boolean().optional().describe('With --public: only its trackers may tell who has it (BEP 27)'),
    paused: z.boolean().optional().describe('Offer it to nobody until it is resumed'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'share', positional: ['path'], example: 'peerage share ~/Pictures/Summer' },
  run: (files, input, { signal }) => files.share(input, signal),
}

export const unshare: ValueOperation<Files, { content: string }, { infoHash: string }> = {
  summary: 'Stop offering content; its files stay where they are',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'unshare', positional: ['content'], example: 'peerage unshare Summer' },
  run: (files, { content }) => files.remove(content, false),
}

export const exportOperation: ValueOperation<Files, ExportInput, { path: string; bytes: number }> = {
  summary: 'Write the .torrent file of a content',
  input: z.object({
    content: contentField,
    path: pathField('The file to write'),
    overwrite: z.boolean().default(false).describe('Replace a file that is there already'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'export',
    positional: ['content', 'path'],
    example: 'peerage export Summer summer.torrent',
  },
  run: (files, input) => files.export(input),
}
