import { type StreamOperation, type ValueOperation, z } from '../../../base/index.ts'
import type { DiscoveryStatus } from '../../../swarm/index.ts'
import type { Files } from '../files.ts'
import type { EditInput, Removed, SetInput, VerifyUpdate } from '../inputs.ts'
import type { TransferSnapshot } from '../snapshot.ts'
import { contentField } from './fields.ts'

export const pause: ValueOperation<Files, { content: string }, TransferSnapshot> = {
  summary: 'Stop fetching and offering content until it is resumed',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'pause', positional: ['content'], example: 'peerage pause Summer' },
  run: async (files, { content }) => files.pause(content),
}

export const resume: ValueOperation<Files, { content: string }, TransferSnapshot> = {
  summary: 'Go on with content that was paused or that failed',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'resume', positional: ['content'], example: 'peerage resume Summer' },
  run: async (files, { content }) => files.resume(content),
}

export const remove: ValueOperation<Files, { content: string; deleteFiles: boolean }, Removed> = {
  summary: 'Forget content; with --delete-files what was fetched goes too',
  input: z.object({
    content: contentField,
    deleteFiles: z
      .boolean()
      .default(false)
      .describe('Also delete the files that were fetched; never those that you shared'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'remove', positional: ['content'], example: 'peerage remove Summer' },
  run: (files, { content, deleteFiles }) => files.remove(content, deleteFiles),
}

export const verify: StreamOperation<Files, { content: string }, VerifyUpdate> = {
  summary: 'Hash all files of a content again and compare',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'stream',
  command: { words: 'verify', positional: ['content'], example: 'peerage verify Summer' },
  run: (files, { content }, { signal }) => files.verify(content, signal),
}

export const setOperation: ValueOperation<Files, SetInput, TransferSnapshot> = {
  summary: 'Set limits, order and seeding goals of one content',
  input: z.object({
    content: contentField,
    up: z.number().min(0).optional().describe('Upload limit in bytes per second; 0 is none'),
    down: z.number().min(0).optional().describe('Download limit in bytes per second; 0 is none'),
    sequential: z.boolean().optional().describe('Fetch it in order, for watching while it comes'),
    firstLast: z.boolean().optional().describe('Fetch the first and last piece of each file first'),
    superSeed: z.boolean().optional().describe('Give each piece once and let others spread it (BEP 16)'),
    ratio: z.number().min(0).optional().describe('Stop seeding after so many copies; 0 is never'),
    minutes: z.number().min(0).optional().describe('Stop seeding after so many minutes; 0 is never'),
    forced: z.boolean().optional().describe('Run it whatever the limits of the queue say'),
    position: z.int().min(0).optional().describe('Its place in the queue; 0 is the front'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'set', positional: ['content'], example: 'peerage set Summer --up 500K --ratio 2' },
  run: async (files, input) => files.set(input),
}

export const announce: ValueOperation<Files, { content: string }, DiscoveryStatus[]> = {
  summary: 'Announce a public content, and look for its peers, now',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'announce', positional: ['content'], example: 'peerage announce Summer' },
  run: async (files, { content }) => files.announce(content),
}

const urls = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z.array(z.string().max(2048)).max(64).optional().describe(`${what}; may be repeated`)

export const edit: ValueOperation<Files, EditInput, DiscoveryStatus[]> = {
  summary: 'Add and remove trackers and web seeds of a public content',
  input: z.object({
    content: contentField,
    addTracker: urls('Announce it to this tracker too'),
    removeTracker: urls('Announce it no more to this tracker'),
    addWebSeed: urls('Fetch it from this web server too'),
    removeWebSeed: urls('Fetch it no more from this web server'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'edit',
    positional: ['content'],
    example: 'peerage edit Summer --add-web-seed https://files.example/',
  },
  run: async (files, input) => files.edit(input),
}

export const addPeer: ValueOperation<Files, { content: string; address: string[] }, TransferSnapshot> = {
  summary: 'Try BitTorrent peers at these addresses for a public content',
  input: z.object({
    content: contentField,
    address: z.array(z.string().max(300)).min(1).max(100).describe('host:port; may be repeated'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'add-peer',
    positional: ['content', 'address'],
    example: 'peerage add-peer Summer 192.0.2.7:6881',
  },
  run: async (files, { content, address }) => files.addPeers(content, address),
}
