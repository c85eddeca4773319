import { type StreamOperation, z } from '../../../base/index.ts'
import type { Files } from '../files.ts'
import type { ImportedTorrent, ImportInput } from '../import/import-torrents.ts'
import type { MoveInput, MoveUpdate } from '../move.ts'
import { contentField, pathField } from './fields.ts'

export const move: StreamOperation<Files, MoveInput, MoveUpdate> = {
  summary: 'Move what was fetched to another folder, and go on there',
  input: z.object({
    content: contentField,
    into: pathField('The folder to move it into; created when missing'),
    moved: z
      .boolean()
      .optional()
      .describe('You have moved the files yourself, into this folder or to this path: look for them there'),
  }),
  action: 'write',
  kind: 'stream',
  command: {
    words: 'move',
    positional: ['content', 'into'],
    example: 'peerage move Summer /mnt/large/Videos',
  },
  run: (files, input, { signal }) => files.move(input, signal),
}

export const importOperation: StreamOperation<Files, ImportInput, ImportedTorrent> = {
  summary: 'Take over torrents and files of qBittorrent or Transmission',
  input: z.object({
    folder: pathField('BT_backup of qBittorrent, or the configuration folder of Transmission'),
    from: z
      .enum(['qbittorrent', 'transmission'])
      .optional()
      .describe('Which program; found out when left out'),
    dryRun: z.boolean().optional().describe('Only tell what would happen'),
  }),
  action: 'write',
  kind: 'stream',
  command: {
    words: 'import',
    positional: ['folder'],
    example: 'peerage import ~/.local/share/qBittorrent/BT_backup --dry-run',
  },
  run: (files, input, { signal }) => files.import(input, signal),
}
