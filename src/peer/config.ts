import { PeerageError, type z } from '../base/index.ts'
import { environmentName, type FlatField, flattenSchema, parseValue } from './config-fields.ts'
import { type ConfigFile, nestValues, readConfigFile, writeConfigFile } from './config-file.ts'
import { currentKey, namesOfKey } from './former-keys.ts'

/** Named starting points; each value can still be set. */
export type Preset = 'open' | 'circle' | 'lan'
export const presets: readonly Preset[] = ['open', 'circle', 'lan']

/** Where a value comes from; later ones win. */
export type ConfigSource = 'default' | 'preset' | 'file' | 'environment' | 'flag'

/** Schemas by section name, for example `{ network: networkConfig }`. Keys are `SECTION.FIELD`. */
export type ConfigSections = Readonly<Record<string, z.ZodType>>

/** Values that a preset sets, by key. */
export type PresetTable = Readonly<Partial<Record<Preset, Readonly<Record<string, unknown>>>>>

/** What the presets set; `open` is the defaults. */
const usualPresets: PresetTable = {
  open: {},
  circle: {
    'access.onlyKnown': true,
    'bittorrent.enabled': false,
    'ipfs.enabled': false,
    'discovery.overlayFor': 'circle',
    'kademlia.announceSelf': false,
  },
  lan: {
    'network.lanOnly': true,
    'kademlia.announceSelf': false,
    'mainline.records': 'off',
    'ipfs.enabled': false,
  },
}

export interface ConfigOptions {
  readonly sections: ConfigSections
  /** The home folder; HOME/config.json is read and written. Without it nothing is kept. */
  readonly home?: string
  readonly presetTable?: PresetTable
  /** Usually `process.env`; `PEERAGE_NETWORK_PORT` sets `network.port`, `PEERAGE_PRESET` the preset. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Values by key, as text or as JSON values. They win over everything and are never written to the file. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** Sections of the file that are somebody else's and are left alone; those of the daemon when left out. */
  readonly otherSections?: readonly string[]
}

export interface ConfigEntry {
  readonly key: string
  readonly value: unknown
  readonly default: unknown
  readonly source: ConfigSource
  readonly description: string
  /** What is allowed, for people: `integer 0..65535`, `one of a, b`. */
  readonly allowed: string
  /** The same as JSON Schema, for forms. */
  readonly schema: Readonly<Record<string, unknown>>
  /** The environment variable that sets it. */
  readonly environment: string
  /** What HOME/config.json says; absent when it says nothing. Hidden while `source` is the environment or a flag. */
  readonly configured?: unknown
  /** Nobody takes a change over while the peer runs. */
  readonly needsRestart: boolean
  /** What holds is not what was set last: the peer has to be started again. */
  readonly isPending: boolean
  /** It may hold a password: `value` has it blotted out, and it cannot be read. */
  readonly secret: boolean
}

/** Someone who can take over a change while running. */
export interface ConfigListener {
  /** Throws `PeerageError` when this value cannot work here. Changes nothing. */
  verify?(value: unknown): void | Promise<void>
  /** Takes the value over. Called after it is on disk. */
  apply(value: unknown): void | Promise<void>
}

export interface ConfigChange {
  readonly key: string
  readonly value: unknown
  /** True when nobody could take it over while running, or a flag or variable hides it. */
  readonly needsRestart: boolean
}

interface Layered {
  readonly value: unknown
  readonly source: ConfigSource
}

/** Preset, then HOME/config.json, then environment, then flags; the whole checked by the sections' schemas. */
export class Config {
  readonly #options: ConfigOptions
  readonly #fields: ReadonlyMap<string, FlatField>
  readonly #listeners = new Map<string, ConfigListener[]>()
  #file: ConfigFile
  #values: ReadonlyMap<string, Layered>
  #sections: Readonly<Record<string, unknown>>
  /** Values with which this run began, of those that were changed since and that nobody took over. */
  readonly #began = new Map<string, unknown>()
  readonly #watchers = new Set<(change: ConfigChange) => void>()
  #busy: Promise<unknown> = Promise.resolve()

  private constructor(options: ConfigOptions, fields: ReadonlyMap<string, FlatField>, file: ConfigFile) {
    this.#options = options
    this.#fields = fields
    this.#file = file
    this.#values = layerValues(fields, options, file)
    this.#sections = parseSections(options.sections, this.#values)
  }

  /** Throws `config.invalid` that names the key, where it was given and what is allowed. */
  static async load(options: ConfigOptions): Promise<Config> {
    const fields = knownFields(options.sections)
    const known = { has: (key: string) => fields.has(key), otherSections: otherSections(options) }
    const empty: ConfigFile = { values: new Map(), others: {} }
    return new Config(
      options,
      fields,
      options.home === undefined ? empty : await readConfigFile(options.home, known),
    )
  }

  get preset(): Preset {
    return this.#values.get('preset')?.value as Preset
  }

  /** All sections by name, complete and checked. */
  get sections(): Readonly<Record<string, unknown>> {
    return this.#sections
  }

  /** One section; `T` is the interface that the folder exports beside its schema. */
  section<T>(name: string): T {
    return this.#sections[name] as T
  }

  /** One value with its description and source. Throws `config.invalid` for an unknown key. */
  entry(name: string): ConfigEntry {
    const key = currentKey(name)
    const { default: fallback, description, allowed, schema, secret } = this.#field(key)
    const { value, source } = this.#values.get(key)!
    const configured = this.#file.values.get(key)
    return {
      key,
      value,
      source,
      default: fallback,
      description,
      allowed,
      schema,
      environment: environmentName(key),
      ...(configured !== undefined && { configured }),
      needsRestart: !this.#listeners.has(key),
      isPending: this.#began.has(key),
      secret,
    }
  }

  list(): ConfigEntry[] {
    return [...this.#fields.keys()].map(key => this.entry(key))
  }

  /** What holds in this run of the values that were changed since it began and that nobody took over, by key. */
  get held(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#began)
  }

  /** Registers someone who takes changes of `key` over while running. */
  onChange(key: string, listener: ConfigListener): void {
    this.#field(key)
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener])
  }

  /** Calls `watcher` after every change, whoever made it. Returns what ends that. */
  watch(watcher: (change: ConfigChange) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /**
   * Changes one key in HOME/config.json; `undefined` puts it back to its default. Every listener verifies first, then the
   * file is replaced in one step, then the listeners apply. Throws `config.invalid` or what a listener's `verify` throws.
   */
  set(key: string, value: unknown): Promise<ConfigChange> {
    const change = this.#busy.then(() => this.#set(currentKey(key), value))
    this.#busy = change.catch(() => undefined)
    return change
  }

  async #set(key: string, raw: unknown): Promise<ConfigChange> {
    const field = this.#field(key)
    const values = new Map(this.#file.values)
    const wanted = raw === undefined ? undefined : parseValue(field, raw, 'The new value')
    if (raw === undefined) values.delete(key)
    else values.set(key, wanted)
    const file: ConfigFile = { ...this.#file, values }
    const next = layerValues(this.#fields, this.#options, file)
    const sections = parseSections(this.#options.sections, next)
    const value = next.get(key)?.value
    const before = this.#values.get(key)?.value
    const changed = !same(before, value)
    const listeners = changed ? (this.#listeners.get(key) ?? []) : []
    for (const listener of listeners) await listener.verify?.(value)
    if (this.#options.home !== undefined) await writeConfigFile(this.#options.home, file)
    this.#file = file
    this.#values = next
    this.#sections = sections
    if (changed && listeners.length === 0) this.#keepPending(key, before, value)
    for (const listener of listeners) await listener.apply(value)
    const hidden = raw !== undefined && !same(value, wanted)
    const change = { key, value, needsRestart: hidden || this.#began.has(key) }
    for (const watcher of this.#watchers) watcher(change)
    return change
  }

  /** Put back to what this run began with, it needs no restart any more. */
  #keepPending(key: string, before: unknown, value: unknown): void {
    if (!this.#began.has(key)) this.#began.set(key, before)
    else if (same(this.#began.get(key), value)) this.#began.delete(key)
  }

  #field(key: string): FlatField {
    const field = this.#fields.get(key)
    if (field !== undefined) return field
    throw new PeerageError('config.invalid', `There is no configuration key "${key.slice(0, 100)}".`, {
      details: { key },
    })
  }
}

function otherSections({ sections, otherSections: others = ['daemon', 'remote'] }: ConfigOptions): string[] {
  return others.filter(name => !(name in sections))
}

/** Every key of the sections, and `preset` itself. */
function knownFields(sections: ConfigSections): Map<string, FlatField> {
  const preset: FlatField = {
    key: 'preset',
    default: 'open',
    description:
      'Named starting point: open (everywhere), circle (only contacts and members of circles, no public network), lan (only local networks, never the internet).',
    allowed: `one of ${presets.join(', ')}`,
    type: 'string',
    schema: { type: 'string', enum: presets },
    secret: false,
  }
  return new Map([['preset', preset], ...flattenSchema(sections)])
}

function layerValues(
  fields: ReadonlyMap<string, FlatField>,
  options: ConfigOptions,
  file: ConfigFile,
): Map<string, Layered> {
  const { environment = {}, flags = {}, presetTable = usualPresets } = options
  for (const key of Object.keys(flags))
    if (!fields.has(currentKey(key)))
      throw new PeerageError('config.invalid', `There is no configuration key "${key}".`)
  const given = (field: FlatField): Layered | undefined => {
    for (const name of namesOfKey(field.key))
      if (flags[name] !== undefined)
        return { value: parseValue(field, flags[name], 'The flag'), source: 'flag' }
    for (const variable of namesOfKey(field.key).map(environmentName))
      if (environment[variable] !== undefined)
        return { value: parseValue(field, environment[variable], variable), source: 'environment' }
    if (file.values.has(field.key))
      return { value: parseValue(field, file.values.get(field.key), 'config.json'), source: 'file' }
    return undefined
  }
  const preset = choosePreset(given(fields.get('preset')!)?.value ?? 'open')
  const fallback = (field: FlatField): Layered =>
    field.key in (presetTable[preset] ?? {})
      ? { value: presetTable[preset]?.[field.key], source: 'preset' }
      : { value: field.default, source: 'default' }
  return new Map([...fields].map(([key, field]) => [key, given(field) ?? fallback(field)]))
}

function choosePreset(name: unknown): Preset {
  const preset = presets.find(one => one === name)
  if (preset !== undefined) return preset
  throw new PeerageError('config.invalid', `"preset" must be one of ${presets.join(', ')}.`, {
    details: { key: 'preset' },
  })
}

function parseSections(
  sections: ConfigSections,
  values: ReadonlyMap<string, Layered>,
): Record<string, unknown> {
  const nested = nestValues([...values].map(([key, { value }]) => [key, value] as const))
  const out: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(sections)) {
    const parsed = schema.safeParse(nested[name] ?? {})
    if (!parsed.success) throw invalidSection(name, parsed.error)
    out[name] = parsed.data
  }
  return out
}

function invalidSection(name: string, error: z.ZodError): PeerageError {
  const issue = error.issues[0]
  const key = [name, ...(issue?.path ?? [])].join('.')
  return new PeerageError('config.invalid', `"${key}" is not valid: ${issue?.message ?? 'not allowed'}.`, {
    details: { key },
  })
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
