import { type RunningService, type ValueOperation, z } from '../base/index.ts'
import type { Config, ConfigChange, ConfigEntry } from './config.ts'
import type { EventStream } from './events.ts'

export interface ConfigState {
  readonly config: Config
}

const key = z.string().min(1).max(200)

const get: ValueOperation<ConfigState, { key: string }, ConfigEntry> = {
  summary: 'Show one configuration value and where it comes from',
  input: z.object({ key: key.describe('The key, for example network.port') }),
  action: 'read',
  kind: 'value',
  command: { words: 'config get', positional: ['key'], example: 'peerage config get network.port' },
  run: async ({ config }, input) => shown(config.entry(input.key)),
}

const set: ValueOperation<ConfigState, { key: string; value?: unknown }, ConfigChange> = {
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
  run: async ({ config }, input) => {
    return shown(await config.set(input.key, meant(config.entry(input.key).value, input.value)))
  },
}

const list: ValueOperation<ConfigState, Record<never, never>, readonly ConfigEntry[]> = {
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

/** An entry as it may be seen on a screen. */
function shown<Entry extends { readonly value: unknown; readonly configured?: unknown }>(
  entry: Entry,
): Entry {
  const { value, configured } = entry
  return {
    ...entry,
    value: blotted(value),
    ...(configured !== undefined && { configured: blotted(configured) }),
  }
}

/** What was shown without its password and comes back unchanged is what it was. */
export function meant(value: unknown, given: unknown): unknown {
  return typeof value === 'string' && given === blotted(value) ? value : given
}

/** URLs lose their password. */
function blotted(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/(:\/\/[^\s:@/]*:)[^\s@]*@/, '$1***@') : value
}

/** The operations `config.get`, `config.set` and `config.list` over one configuration, whose changes become events. */
export function configService({ config, events }: { config: Config; events?: EventStream }): RunningService {
  const unwatch = config.watch(({ key, needsRestart }) =>
    events?.emit({ type: 'config.changed', key, needsRestart }),
  )
  return { name: 'config', operations: configOperations, state: { config }, stop: async () => unwatch() }
}
