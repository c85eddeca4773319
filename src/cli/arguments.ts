import type { CommandInfo, FieldInfo } from './command-info.ts'

/** A command line that cannot be understood: what is wrong, and where help stands. */
export class UsageProblem extends Error {
  override readonly name: string = 'UsageProblem'
  readonly command: string | undefined

  constructor(message: string, command?: string) {
    super(message)
    this.command = command
  }
}

/** Options that every command takes. */
export interface GlobalOptions {
  help: boolean
  version: boolean
  json: boolean
  quiet: boolean
  noColor: boolean
  home?: string
  /** Configuration values by key, from `--port`, `--api-port`, `--preset` and `--set KEY=VALUE`. */
  config: Record<string, string>
}

export interface ParsedLine {
  readonly command: CommandInfo | undefined
  /** Words that name no command, when there is no command. */
  readonly words: readonly string[]
  /** Fields as they were typed: numbers are still text. */
  readonly input: Readonly<Record<string, unknown>>
  readonly options: GlobalOptions
}

interface GlobalFlag {
  readonly value: boolean
  set(options: GlobalOptions, value: string): void
}

const flag = (set: (options: GlobalOptions) => void): GlobalFlag => ({ value: false, set })
const valued = (set: GlobalFlag['set']): GlobalFlag => ({ value: true, set })

const globalFlags: Readonly<Record<string, GlobalFlag>> = {
  help: flag(options => {
    options.help = true
  }),
  version: flag(options => {
    options.version = true
  }),
  json: flag(options => {
    options.json = true
  }),
  quiet: flag(options => {
    options.quiet = true
  }),
  'no-color': flag(options => {
    options.noColor = true
  }),
  home: valued((options, value) => {
    options.home = value
  }),
  port: valued((options, value) => {
    options.config['network.port'] = value
  }),
  'api-port': valued((options, value) => {
    options.config['daemon.apiPort'] = value
  }),
  preset: valued((options, value) => {
    options.config.preset = value
  }),
  set: valued((options, value) => {
    const at = value.indexOf('=')
    if (at < 1) throw new UsageProblem('--set needs KEY=VALUE, for example --set network.mdns=false.')
    options.config[value.slice(0, at)] = value.slice(at + 1)
  }),
}

const shortFlags: Readonly<Record<string, string>> = { h: 'help', q: 'quiet', V: 'version' }

/** `maxBytes` is given as `--max-bytes`. */
export function flagName(field: string): string {
  return field.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()
}

/** What the program does when nothing says what to do: `peerage --no-open` is `peerage start --no-open`. */
const commandUnsaid = 'start'

/** Understands a command line without running anything. Throws `UsageProblem`. */
export function parseArguments(argv: readonly string[], commands: readonly CommandInfo[]): ParsedLine {
  return new LineParser(argv, commands).parse()
}

class LineParser {
  readonly #rest: string[]
  readonly #commands: readonly CommandInfo[]
  readonly #words: string[] = []
  readonly #flags: [name: string, value: string | undefined][] = []
  readonly #options: GlobalOptions = {
    help: false,
    version: false,
    json: false,
    quiet: false,
    noColor: false,
    config: {},
  }
  readonly #unsaid: CommandInfo | undefined
  #command: CommandInfo | undefined

  constructor(argv: readonly string[], commands: readonly CommandInfo[]) {
    this.#rest = [...argv]
    this.#commands = commands
    this.#unsaid = commands.find(one => one.words === commandUnsaid)
  }

  parse(): ParsedLine {
    let flagsEnded = false
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (flagsEnded || !/^-./.test(word)) this.#takeWord(word)
      else if (word === '--') flagsEnded = true
      else this.#takeFlag(word)
    }
    if (this.#words.length === 0 && this.#unsaid !== undefined && !this.#options.help) {
      this.#command = this.#unsaid
      this.#words.push(commandUnsaid)
    }
    const input = this.#command === undefined ? {} : this.#buildInput(this.#command)
    return { command: this.#command, words: this.#words, input, options: this.#options }
  }

  /** The first words name the command, the longest name first; all others are positional. */
  #takeWord(word: string): void {
    this.#words.push(word)
    const name = this.#words.join(' ')
    if (this.#command !== undefined && !this.#isLonger(name)) return
    const found = this.#commands.find(one => one.words === name)
    if (found === undefined) return
    this.#command = found
    this.#words.length = 0
    this.#words.push(...found.words.split(' '))
  }

  #isLonger(name: string): boolean {
    return this.#commands.some(one => one.words === name)
  }

  #takeFlag(word: string): void {
    const [, dashes = '', rawName = '', given] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? []
    const name = dashes === '-' ? (shortFlags[rawName] ?? '') : rawName
    if (name === '') throw new UsageProblem(`There is no option ${word}.`, this.#command?.words)
    const common = this.#field(name) === undefined ? globalFlags[name] : undefined
    if (common !== undefined) common.set(this.#options, common.value ? this.#value(name, given) : '')
    else this.#takeField(name, given)
  }

  #takeField(name: string, given: string | undefined): void {
    const field = this.#field(name) ?? this.#field(name.replace(/^no-/, ''))
    if (field === undefined) throw this.#noOption(name)
    if (field.type !== 'boolean') this.#flags.push([field.name, this.#value(name, given)])
    else
      this.#flags.push([
        field.name,
        given ?? String(!name.startsWith('no-') || flagName(field.name) === name),
      ])
  }

  #value(name: string, given: string | undefined): string {
    const value = given ?? this.#rest.shift()
    if (value === undefined) throw new UsageProblem(`--${name} needs a value.`, this.#command?.words)
    return value
  }

  #noOption(name: string): UsageProblem {
    const command = this.#command?.words
    return new UsageProblem(
      `There is no option --${name.slice(0, 60)}${command ? ` for ${command}` : ''}.`,
      command,
    )
  }

  /** Before a word has named the command it may be the one that goes without saying. */
  #field(name: string): FieldInfo | undefined {
    return (this.#command ?? this.#unsaid)?.fields.find(one => flagName(one.name) === name && !one.positional)
  }

  #buildInput(command: CommandInfo): Record<string, unknown> {
    const input: Record<string, unknown> = {}
    const given = this.#words.slice(command.words.split(' ').length)
    const positional = command.fields.filter(one => one.positional)
    for (const [i, field] of positional.entries()) {
      const after = positional.length - i - 1
      if (field.type === 'array') input[field.name] = given.splice(0, Math.max(0, given.length - after))
      else if (given.length > 0) input[field.name] = given.shift()
      else if (field.required && !this.#options.help)
        throw new UsageProblem(`${command.words} needs ${field.name.toUpperCase()}.`, command.words)
    }
    if (given.length > 0)
      throw new UsageProblem(`"${given[0]!.slice(0, 100)}" is one too many.`, command.words)
    for (const [name, value] of this.#flags) {
      const field = command.fields.find(one => one.name === name)
      // It stood before the word that named another command.
      if (field === undefined) throw this.#noOption(flagName(name))
      input[name] = field.type === 'array' ? [...((input[name] as string[] | undefined) ?? []), value] : value
    }
    return input
  }
}
