import { type Operation, type RunningService, z } from '../base/index.ts'
import type { Config, ConfigChange, ConfigEntry } from './config.ts'
import type { EventStream } from './events.ts'

export interface ConfigState {
  readonly config: Config
  readonly events?: EventStream
}

const key = z.string().min(1).max(200)

const get: Operation<ConfigState, { key: string }, ConfigEntry> = {
  summary: 'Show one configuration value and where it comes from',
  input: z.object({ key: key.describe('The key, for example network.port') }),
  action: 'read',
  kind: 'value',
  command: { words: 'config get', positional: ['key'], example: 'peerage config get network.port' },
  run: async ({ config }, input) => shown(config.entry(input.key)),
}

const set: Operation<ConfigState, { key: string; value?: unknown }, ConfigChange> = {
  summary: 'Change one configuration value; without a value it goes back to its default',
  input: z.object({
    key: key.describe('The key, for example network.port'),
    value: z.unknown().optional().describe('The new value; left out, the key goes back to its default'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'config set',
    positional: ['key', 'value'],
    example: 'peerage config set network.port 4001',
  },
  run: async ({ config, events }, input) => {
    const change = await config.set(input.key, input.value)
    events?.emit({ type: 'config.changed', key: change.key, needsRestart: change.needsRestart })
    return shown(change)
  },
}

const list: Operation<ConfigState, Record<never, never>, readonly ConfigEntry[]> = {
  summary: 'List every configuration value',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'config list', example: 'peerage config list' },
  run: async ({ config }) => config.list().map(shown),
}

export const configOperations: Readonly<{ get: typeof get; set: typeof set; list: typeof list }> = {
  get,
  set,
  list,
}

/** A value as it may be seen on a screen: URLs lose their password. */
function shown<Entry extends { readonly value: unknown }>(entry: Entry): Entry {
  const { value } = entry
  if (typeof value !== 'string') return entry
  return { ...entry, value: value.replace(/(:\/\/[^\s:@/]*:)[^\s@]*@/, '$1***@') }
}

/** The operations `config.get`, `config.set` and `config.list` over one configuration. */
export function configService(state: ConfigState): RunningService {
  return { name: 'config', operations: configOperations, state, stop: async () => undefined }
}
