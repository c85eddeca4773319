import { type RunningService, type StreamOperation, type ValueOperation, z } from '../base/index.ts'
import type { LogEntry, LogFilter, LogLevel, LogRing } from './log-ring.ts'

/** Entries that are given at once. */
const maxEntries = 5_000

interface LogInput {
  level: LogLevel
  room?: string | undefined
  text?: string | undefined
  count: number
}

interface ListInput extends LogInput {
  before?: number | undefined
}

export interface LogPage {
  /** In their order, the latest last. */
  readonly entries: readonly LogEntry[]
  /** Parts of the program that told something. */
  readonly rooms: readonly string[]
}

const filter = {
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('debug')
    .describe('Least important level; what is written at all is daemon.logLevel'),
  room: z.string().max(40).optional().describe('Part of the program, for example network'),
  text: z.string().max(200).optional().describe('Text that must be in it'),
  count: z.int().min(0).max(maxEntries).default(200).describe('How many of the latest entries'),
}

const list: ValueOperation<LogRing, ListInput, LogPage> = {
  summary: 'Show the latest entries of the log',
  input: z.object({
    ...filter,
    before: z.int().min(0).optional().describe('Only those before this sequence number'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'logs list', example: 'peerage logs list --level warn --count 50' },
  run: async (ring, { count, before, ...input }) => ({
    entries: ring.find(input satisfies LogFilter, count, before),
    rooms: ring.rooms(),
  }),
}

const follow: StreamOperation<LogRing, LogInput, readonly LogEntry[]> = {
  summary: 'Show the latest entries of the log, then each that comes',
  input: z.object(filter),
  action: 'read',
  kind: 'stream',
  command: { words: 'logs follow', example: 'peerage logs follow --level debug' },
  run: (ring, { count, ...input }, { signal }) => ring.follow(input, count, signal),
}

export const logsOperations: Readonly<{ list: typeof list; follow: typeof follow }> = { list, follow }

/** The operations about the log. */
export function logsService(state: LogRing): RunningService {
  return { name: 'logs', operations: logsOperations, state, stop: async () => undefined }
}
