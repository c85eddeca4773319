import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { Files } from './files.ts'
import type {
  CatInput,
  ChooseInput,
  Details,
  ExportInput,
  GetInput,
  SetInput,
  ShareInput,
  ShareUpdate,
  VerifyUpdate,
} from './inputs.ts'
import type { FileRow, PeerRow, TransferSnapshot } from './snapshot.ts'

/** How content is named by a person: its name, its link, or at least 6 digits of its info hash. */
const contentField = z
  .string()
  .min(1)
  .max(8192)
  .describe('Which content: its name, its link, or the first digits of its info hash')

const pathField = (what: string): z.ZodString => z.string().min(1).max(4096).describe(what)

const share: StreamOperation<Files, ShareInput, ShareUpdate> = {
  summary: 'Offer a file or folder, where it stands, and print its link',
  input: z.object({
    path: pathField('The file or folder'),
    who: z
      .array(z.string().max(200))
      .max(1000)
      .default(['secret'])
      .describe('Who may fetch it: secret (whoever has the link), everyone, or peer:ID; may be repeated'),
    pieceLength: z
      .int()
      .min(16_384)
      .max(16_777_216)
      .optional()
      .describe('Piece length in bytes, a power of two; chosen by size when left out'),
    hybrid: z.boolean().optional().describe('Also readable by BitTorrent v1 programs'),
    public: z.boolean().optional().describe('Offer it to everyone, on the public BitTorrent network too'),
    tracker: z
      .array(z.string().max(2048))
      .max(64)
      .optional()
      .describe('With --public: announce it to this tracker; may be repeated'),
    webSeed: z
      .array(z.string().max(2048))
      .max(64)
      .optional()
      .describe('With --public: a web server that has it, too; may be repeated'),
    private: z.boolean().optional().describe('With --public: only its trackers may tell who has it (BEP 27)'),
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'share', positional: ['path'], example: 'peerage share ~/Pictures/Summer' },
  run: (files, input, { signal }) => files.share(input, signal),
}

const unshare: ValueOperation<Files, { content: string }, { infoHash: string }> = {
  summary: 'Stop offering content; its files stay where they are',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'unshare', positional: ['content'], example: 'peerage unshare Summer' },
  run: (files, { content }) => files.remove(content, false),
}

const get: StreamOperation<Files, GetInput, TransferSnapshot> = {
  summary: 'Fetch content by its link, and end when all of it is verified on disk',
  input: z.object({
    link: z.string().min(1).max(8192).describe('The link, or the path of a .torrent file'),
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
  }),
  action: 'write',
  kind: 'stream',
  command: { words: 'get', positional: ['link'], example: 'peerage get "peerage:..." --into ~/Downloads' },
  run: (files, input, { signal }) => files.get(input, signal),
}

const list: ValueOperation<Files, Record<never, never>, TransferSnapshot[]> = {
  summary: 'List everything that is shared or fetched',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'list', example: 'peerage list' },
  run: async files => files.list(),
}

const show: ValueOperation<Files, { content: string }, Details> = {
  summary: 'Show all that is known of one content, with its link',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'show', positional: ['content'], example: 'peerage show Summer' },
  run: async (files, { content }) => files.show(content),
}

const names = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z.array(z.string().max(4096)).max(10_000).optional().describe(what)

const filesOf: ValueOperation<Files, ChooseInput, FileRow[]> = {
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

const pause: ValueOperation<Files, { content: string }, TransferSnapshot> = {
  summary: 'Stop fetching and offering content until it is resumed',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'pause', positional: ['content'], example: 'peerage pause Summer' },
  run: async (files, { content }) => files.pause(content),
}

const resume: ValueOperation<Files, { content: string }, TransferSnapshot> = {
  summary: 'Go on with content that was paused or that failed',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'value',
  command: { words: 'resume', positional: ['content'], example: 'peerage resume Summer' },
  run: async (files, { content }) => files.resume(content),
}

const remove: ValueOperation<Files, { content: string; deleteFiles: boolean }, { infoHash: string }> = {
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

const verify: StreamOperation<Files, { content: string }, VerifyUpdate> = {
  summary: 'Hash all files of a content again and compare',
  input: z.object({ content: contentField }),
  action: 'write',
  kind: 'stream',
  command: { words: 'verify', positional: ['content'], example: 'peerage verify Summer' },
  run: (files, { content }, { signal }) => files.verify(content, signal),
}

const cat: StreamOperation<Files, CatInput, unknown> = {
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
  }),
  action: 'read',
  kind: 'bytes',
  command: { words: 'cat', positional: ['content', 'file'], example: 'peerage cat Summer film.mkv | mpv -' },
  run: (files, input, { signal }) => files.cat(input, signal),
}

const peers: ValueOperation<Files, { content?: string | undefined }, PeerRow[]> = {
  summary: 'List the peers that exchange with this one, and how each is reached',
  input: z.object({ content: contentField.optional() }),
  action: 'read',
  kind: 'value',
  command: { words: 'peers', positional: ['content'], example: 'peerage peers' },
  run: async (files, { content }) => files.peers(content),
}

const trackers: ValueOperation<Files, { content: string }, DiscoveryStatus[]> = {
  summary: 'Show how the peers of a public content are found',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'trackers', positional: ['content'], example: 'peerage trackers Summer' },
  run: async (files, { content }) => files.discovery(content),
}

const setOperation: ValueOperation<Files, SetInput, TransferSnapshot> = {
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

const addPeer: ValueOperation<Files, { content: string; address: string[] }, TransferSnapshot> = {
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

const exportOperation: ValueOperation<Files, ExportInput, { path: string; bytes: number }> = {
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

export const filesOperations: Readonly<{
  share: typeof share
  unshare: typeof unshare
  get: typeof get
  list: typeof list
  show: typeof show
  files: typeof filesOf
  pause: typeof pause
  resume: typeof resume
  remove: typeof remove
  verify: typeof verify
  cat: typeof cat
  peers: typeof peers
  trackers: typeof trackers
  set: typeof setOperation
  addPeer: typeof addPeer
  export: typeof exportOperation
}> = {
  share,
  unshare,
  get,
  list,
  show,
  files: filesOf,
  pause,
  resume,
  remove,
  verify,
  cat,
  peers,
  trackers,
  set: setOperation,
  addPeer,
  export: exportOperation,
}
