import { type StreamOperation, z } from '../../base/index.ts'
import { type ExportCarInput, type ExportCarUpdate, exportCar } from './export-car.ts'
import type { CarHost } from './host.ts'
import { type ImportCarInput, type ImportCarUpdate, importCar } from './import-car.ts'
import { type PreviewCarInput, type PreviewCarUpdate, previewCar } from './preview-car.ts'

const path = z.string().min(1).max(4096)

const exportOperation: StreamOperation<CarHost, ExportCarInput, ExportCarUpdate> = {
  summary: 'Write something on IPFS with all its blocks to a CAR archive',
  input: z.object({
    what: z
      .string()
      .min(1)
      .max(8192)
      .describe('What: a CID, CID/PATH, an ipfs:// link, or a content in the list that has a CID'),
    path: path.optional().describe('The archive to write; CID.car when left out'),
    version: z.int().min(1).max(2).default(1).describe('1, which all programs read, or 2'),
    overwrite: z.boolean().default(false).describe('Replace a file that is there already'),
    timeout: z
      .number()
      .positive()
      .default(60)
      .describe('Give up when nothing has arrived for so many seconds'),
  }),
  action: 'write',
  kind: 'stream',
  command: {
    words: 'car export',
    positional: ['what', 'path'],
    example: 'peerage car export bafybei... summer.car',
  },
  run: (host, input, { signal }) => exportCar(host, input, signal),
}

const importOperation: StreamOperation<CarHost, ImportCarInput, ImportCarUpdate> = {
  summary: 'Read a CAR archive: verify its blocks, and keep what its roots lead to',
  input: z.object({
    file: path.describe('The archive, of version 1 or 2'),
    public: z.boolean().default(false).describe('Give its blocks to everyone on IPFS who asks for them'),
    pin: z
      .boolean()
      .default(true)
      .describe('Keep it however full the cache is, until it is unpinned; --no-pin leaves it to the cache'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'car import', positional: ['file'], example: 'peerage car import summer.car' },
  run: (host, input, { signal }) => importCar(host, input, signal),
}

const previewOperation: StreamOperation<CarHost, PreviewCarInput, PreviewCarUpdate> = {
  summary: 'Show what a CAR archive has in it, and keep nothing of it',
  input: z.object({
    file: path.describe('The archive, of version 1 or 2'),
    files: z.int().min(0).max(20_000).default(2000).describe('Of how many files it is told'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'car preview', positional: ['file'], example: 'peerage car preview summer.car' },
  run: (_, input, { signal }) => previewCar(input, signal),
}

export const carOperations: Readonly<{
  export: typeof exportOperation
  import: typeof importOperation
  preview: typeof previewOperation
}> = {
  export: exportOperation,
  import: importOperation,
  preview: previewOperation,
}
