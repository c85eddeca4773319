import { type StreamOperation, type ValueOperation, z } from '../../../base/index.ts'
import type { Files } from '../files.ts'
import type { CatInput, ChooseInput, GetInput } from '../inputs.ts'
import type { PreviewInput, PreviewUpdate } from '../preview/preview.ts'
import type { FileRow, TransferSnapshot } from '../snapshot.ts'
import { contactField, contentField, names, pathField } from './fields.ts'

const linkField = z
  .string()
  .min(1)
  .max(8192)
  .describe('The link, CONTACT/NAME of a share (see `peerage shares`), or the path of a .torrent file')

export const get: StreamOperation<Files, GetInput, TransferSnapshot> = {
  summary: 'Fetch what a link or CONTACT/NAME names, until all is verified on disk',
  input: z.object({
    link: linkField,
    from: contactField.optional().describe('The contact that shares it, when only its name is given'),
    into: pathField('Folder to put it into').optional(),
    overwrite: z.boolean().optional().describe('Replace other files that stand where these should go'),
    choose: z
      .array(z.string().max(4096))
      .max(10_000)
      .optional()
      .describe('Only these files or folders of it; may be repeated'),
    timeout: z
      .number()
      .positive()
      .optional()
      .describe('Give up when nothing has arrived for so many seconds; never when left out'),
    keep: z.boolean().optional().describe('Keep it up to date from now on, as `peerage wish` does'),
    paused: z.boolean().optional().describe('Only add it; `peerage resume` begins'),
    background: z.boolean().optional().describe('Hand it to the running peer and return at once'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'get', positional: ['link'], example: 'peerage get "peerage:..." --into ~/Downloads' },
  run: (files, input, { signal }) => files.get(input, signal),
}

export const preview: StreamOperation<Files, PreviewInput, PreviewUpdate> = {
  summary: 'Show what a link names and where it would go, and fetch nothing',
  input: z.object({
    link: linkField,
    from: contactField.optional().describe('The contact that shares it, when only its name is given'),
    into: pathField('Folder that it would go into').optional(),
    files: z.int().min(0).max(20_000).default(2000).describe('Of how many files it is told'),
    timeout: z.number().positive().max(86_400).optional().describe('Give up after so many seconds'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'preview', positional: ['link'], example: 'peerage preview "magnet:..."' },
  run: (files, input, { signal }) => files.preview(input, signal),
}

export const filesOf: ValueOperation<Files, ChooseInput, FileRow[]> = {
  summary: 'List the files of a content; choose, skip and prioritise them',
  input: z.object({
    content: contentField,
    choose: names('Fetch only these files or folders (and those that other flags name); may be repeated'),
    skip: names('Do not fetch these files or folders; may be repeated'),
    high: names('Fetch these first; may be repeated'),
    normal: names('Fetch these with normal priority; may be repeated'),
    low: names('Fetch these last; may be repeated'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'files',
    positional: ['content'],
    example: 'peerage files Summer --skip raw --high day1',
  },
  run: async (files, input) => files.choose(input),
}

export const cat: StreamOperation<Files, CatInput, unknown> = {
  summary: 'Write one file of a content to the standard output, as it arrives',
  input: z.object({
    content: contentField,
    file: z
      .string()
      .max(4096)
      .optional()
      .describe('Path of the file inside the content; not needed when it is one file'),
    offset: z.int().min(0).default(0).describe('First byte'),
    length: z.int().min(0).optional().describe('How many bytes; to the end when left out'),
    timeout: z
      .number()
      .positive()
      .default(60)
      .describe('Of something on IPFS: give up when nothing has arrived for so many seconds'),
  }),
  action: 'read',
  kind: 'bytes',
  command: { words: 'cat', positional: ['content', 'file'], example: 'peerage cat Summer film.mkv | mpv -' },
  run: (files, input, { signal }) => files.cat(input, signal),
}
