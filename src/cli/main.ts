import { type ParsedLine, parseArguments, UsageProblem } from './arguments.ts'
import type { CommandInfo } from './command-info.ts'
import { commands as generated } from './commands.generated.ts'
import { type CommandContext, type CommandModule, createContext } from './context.ts'
import { Interrupted, tellFailure } from './failure.ts'
import { nativeCommands } from './native-commands.ts'
import type { Runtime } from './runtime.ts'
import { paintFor, processTerminal, type Terminal, write } from './terminal.ts'

/** All commands: those of operations and those of the command line alone. */
export const allCommands: readonly CommandInfo[] = [...generated, ...nativeCommands]

/** Commands with a look or a behaviour of their own; every other operation goes through `any`. */
const modules: Readonly<Record<string, () => Promise<CommandModule>>> = {
  accept: () => import('./commands/accept.ts'),
  'access explain': () => import('./commands/access.ts'),
  'access list': () => import('./commands/access.ts'),
  'access of': () => import('./commands/access.ts'),
  'access remove': () => import('./commands/access.ts'),
  'access reset': () => import('./commands/access.ts'),
  'access show': () => import('./commands/access.ts'),
  allow: () => import('./commands/access.ts'),
  announce: () => import('./commands/trackers.ts'),
  audit: () => import('./commands/audit.ts'),
  'audit verify': () => import('./commands/audit.ts'),
  ban: () => import('./commands/bans.ts'),
  bans: () => import('./commands/bans.ts'),
  cache: () => import('./commands/cache.ts'),
  'cache clear': () => import('./commands/cache.ts'),
  'car export': () => import('./commands/car-export.ts'),
  'car import': () => import('./commands/car-import.ts'),
  'car preview': () => import('./commands/car-preview.ts'),
  cat: () => import('./commands/cat.ts'),
  cid: () => import('./commands/cid.ts'),
  'circle add': () => import('./commands/circles.ts'),
  'circle create': () => import('./commands/circles.ts'),
  'circle forget': () => import('./commands/circles.ts'),
  'circle leave': () => import('./commands/circles.ts'),
  'circle remove': () => import('./commands/circles.ts'),
  'circle rename': () => import('./commands/circles.ts'),
  'circle role': () => import('./commands/circles.ts'),
  'circle show': () => import('./commands/circles.ts'),
  circles: () => import('./commands/circles.ts'),
  completion: () => import('./commands/completion.ts'),
  config: () => import('./commands/config.ts'),
  'config get': () => import('./commands/config.ts'),
  'config list': () => import('./commands/config.ts'),
  'config set': () => import('./commands/config.ts'),
  connections: () => import('./commands/connections.ts'),
  contacts: () => import('./commands/contacts.ts'),
  'contact add': () => import('./commands/contacts.ts'),
  'contact show': () => import('./commands/contacts.ts'),
  'contact rename': () => import('./commands/contacts.ts'),
  'contact note': () => import('./commands/contacts.ts'),
  'contact block': () => import('./commands/contacts.ts'),
  'contact unblock': () => import('./commands/contacts.ts'),
  'contact remove': () => import('./commands/contacts.ts'),
  'contact verify': () => import('./commands/contact-verify.ts'),
  'contacts export': () => import('./commands/contacts.ts'),
  'contacts import': () => import('./commands/contacts.ts'),
  deny: () => import('./commands/access.ts'),
  'doctor fix': () => import('./commands/doctor-fix.ts'),
  doctor: () => import('./commands/doctor.ts'),
  facts: () => import('./commands/transfer-details.ts'),
  filter: () => import('./commands/filter.ts'),
  'filter reload': () => import('./commands/filter.ts'),
  files: () => import('./commands/files.ts'),
  find: () => import('./commands/find.ts'),
  'folder create': () => import('./commands/folders.ts'),
  'folder list': () => import('./commands/folders.ts'),
  'folder places': () => import('./commands/folders.ts'),
  'folder space': () => import('./commands/folders.ts'),
  get: () => import('./commands/get.ts'),
  grant: () => import('./commands/grants.ts'),
  'grant import': () => import('./commands/grants.ts'),
  grants: () => import('./commands/grants.ts'),
  help: () => import('./commands/help.ts'),
  'device accept': () => import('./commands/devices.ts'),
  'device add': () => import('./commands/devices.ts'),
  'device join': () => import('./commands/devices.ts'),
  'device revoke': () => import('./commands/devices.ts'),
  devices: () => import('./commands/devices.ts'),
  id: () => import('./commands/id.ts'),
  'id backup': () => import('./commands/id-backup.ts'),
  'id passphrase': () => import('./commands/id-passphrase.ts'),
  'id restore': () => import('./commands/id-restore.ts'),
  'id rotate': () => import('./commands/id-rotate.ts'),
  import: () => import('./commands/import.ts'),
  gateway: () => import('./commands/gateway.ts'),
  'gateway start': () => import('./commands/gateway.ts'),
  'gateway stop': () => import('./commands/gateway.ts'),
  'gateway url': () => import('./commands/gateway.ts'),
  ipfs: () => import('./commands/ipfs.ts'),
  'ipfs providers': () => import('./commands/ipfs-cid.ts'),
  'ipfs show': () => import('./commands/ipfs-cid.ts'),
  ls: () => import('./commands/ipfs.ts'),
  invite: () => import('./commands/invite.ts'),
  'invite cancel': () => import('./commands/invites.ts'),
  invites: () => import('./commands/invites.ts'),
  limits: () => import('./commands/limits.ts'),
  'limits mode': () => import('./commands/limits.ts'),
  'limits schedule': () => import('./commands/limits.ts'),
  'limits set': () => import('./commands/limits.ts'),
  library: () => import('./commands/transfer-details.ts'),
  list: () => import('./commands/list.ts'),
  logs: () => import('./commands/logs.ts'),
  'logs follow': () => import('./commands/logs.ts'),
  'logs list': () => import('./commands/logs.ts'),
  move: () => import('./commands/move.ts'),
  'name key create': () => import('./commands/names.ts'),
  'name key list': () => import('./commands/names.ts'),
  'name key remove': () => import('./commands/names.ts'),
  'name list': () => import('./commands/names.ts'),
  'name publish': () => import('./commands/names.ts'),
  'name resolve': () => import('./commands/names.ts'),
  open: () => import('./commands/open.ts'),
  path: () => import('./commands/path.ts'),
  pause: () => import('./commands/change.ts'),
  peers: () => import('./commands/peers.ts'),
  port: () => import('./commands/port.ts'),
  'proxy test': () => import('./commands/proxy-test.ts'),
  receive: () => import('./commands/receive.ts'),
  remove: () => import('./commands/change.ts'),
  preview: () => import('./commands/preview.ts'),
  'private-network': () => import('./commands/private-network.ts'),
  'private-network create': () => import('./commands/private-network.ts'),
  relays: () => import('./commands/relays.ts'),
  remote: () => import('./commands/remote.ts'),
  'remote password': () => import('./commands/remote.ts'),
  'remote sign-out': () => import('./commands/remote.ts'),
  'remote start': () => import('./commands/remote.ts'),
  'remote stop': () => import('./commands/remote.ts'),
  rendezvous: () => import('./commands/rendezvous.ts'),
  restart: () => import('./commands/restart.ts'),
  resume: () => import('./commands/resume.ts'),
  revoke: () => import('./commands/grants.ts'),
  send: () => import('./commands/send.ts'),
  setup: () => import('./commands/setup.ts'),
  'setup finish': () => import('./commands/setup.ts'),
  set: () => import('./commands/change.ts'),
  share: () => import('./commands/share.ts'),
  shares: () => import('./commands/shares.ts'),
  create: () => import('./commands/create.ts'),
  show: () => import('./commands/show.ts'),
  start: () => import('./commands/start.ts'),
  status: () => import('./commands/status.ts'),
  stop: () => import('./commands/stop.ts'),
  totals: () => import('./commands/totals.ts'),
  tracker: () => import('./commands/tracker.ts'),
  'tracker start': () => import('./commands/tracker.ts'),
  'tracker stop': () => import('./commands/tracker.ts'),
  trackers: () => import('./commands/trackers.ts'),
  pieces: () => import('./commands/transfer-details.ts'),
  speeds: () => import('./commands/transfer-details.ts'),
  watch: () => import('./commands/watch.ts'),
  pin: () => import('./commands/pins.ts'),
  pins: () => import('./commands/pins.ts'),
  unban: () => import('./commands/bans.ts'),
  unpin: () => import('./commands/pins.ts'),
  unshare: () => import('./commands/change.ts'),
  unwish: () => import('./commands/wishes.ts'),
  verify: () => import('./commands/verify.ts'),
  wish: () => import('./commands/wishes.ts'),
  wishes: () => import('./commands/wishes.ts'),
}

export interface RunOptions {
  readonly terminal: Terminal
  readonly runtime: Runtime
  readonly signal: AbortSignal
  readonly commands?: readonly CommandInfo[]
}

/** Runs one command line and gives its exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], options: RunOptions): Promise<number> {
  const { terminal } = options
  // Known before the line is understood, so that a wrong line is told in the asked form too.
  const json = argv.includes('--json')
  try {
    const line = parseArguments(argv, options.commands ?? allCommands)
    return await runLine(line, options)
  } catch (error) {
    return tellFailure(error, { terminal, json, paint: paintFor(terminal, terminal.stderrIsScreen) })
  }
}

async function runLine(
  line: ParsedLine,
  { terminal, runtime, signal, commands = allCommands }: RunOptions,
): Promise<number> {
  const { command, options } = line
  if (options.version) {
    const { readVersion } = await import('../daemon/index.ts')
    await write(terminal.stdout, `${readVersion()}\n`)
    return 0
  }
  if (options.help) return showHelp(line, terminal, commands)
  if (command === undefined) throw await unknownCommand(line.words, commands)
  const context: CommandContext = createContext({
    command,
    input: line.input,
    options,
    terminal,
    runtime,
    signal,
    commands,
    open: async need => {
      const { openSession } = await import('./open-session.ts')
      return openSession({ home: context.home, need, options, terminal, runtime, note: context.note })
    },
  })
  const { run } = await (modules[command.words] ?? (() => import('./commands/any.ts')))()
  return (await run(context)) ?? 0
}

async function showHelp(
  { command, options, words }: ParsedLine,
  terminal: Terminal,
  commands: readonly CommandInfo[],
): Promise<number> {
  const { commandHelp, commandsBelow, groupHelp, overview } = await import('./help.ts')
  const paint = paintFor(terminal, terminal.stdoutIsScreen, options.noColor)
  const [word = ''] = words
  const isGroup = command === undefined && commandsBelow(word, commands).length > 0
  if (command === undefined && word !== '' && !isGroup) throw await unknownCommand(words, commands)
  const whole = isGroup ? groupHelp(word, commands, paint) : overview(commands, paint)
  await write(terminal.stdout, command === undefined ? whole : commandHelp(command, commands, paint))
  return 0
}

async function unknownCommand(
  words: readonly string[],
  commands: readonly CommandInfo[],
): Promise<UsageProblem> {
  const { commandsBelow, nearestCommand } = await import('./help.ts')
  const word = words[0] ?? ''
  const below = commandsBelow(word, commands).map(one => one.words.slice(word.length + 1))
  if (below.length > 0) return new UsageProblem(`Say what to do with "${word}": ${below.join(', ')}.`)
  const nearest = nearestCommand(word, commands)
  return new UsageProblem(
    word === ''
      ? 'Say what to do.'
      : `There is no command "${word.slice(0, 60)}".${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
  )
}

/** The program: called by `bin/peerage.js` with the words after `peerage`. Ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // `peerage list | head`: the reader has had enough.
  process.stdout.on('error', () => process.exit(0))
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', error => void endWith(error))
  const { processRuntime } = await import('./process-runtime.ts')
  const code = await runCommandLine(argv, {
    terminal: processTerminal(),
    runtime: processRuntime,
    signal: onceInterrupted(),
  })
  process.stdout.write('', () => process.exit(code))
}

/** One Ctrl-C may arrive twice, through the launcher and from the terminal. */
const sameSignalMs = 500

/** Aborted by the first signal; a second one ends the process at once. */
function onceInterrupted(): AbortSignal {
  const controller = new AbortController()
  let firstAt = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      const now = performance.now()
      if (!controller.signal.aborted) firstAt = now
      else if (now - firstAt > sameSignalMs) process.exit(130)
      controller.abort(new Interrupted(name))
    })
  return controller.signal
}

/** Nobody knows in what state the program is now; what is on disk is safe at any moment. */
async function endWith(error: unknown): Promise<void> {
  const terminal = processTerminal()
  process.exit(
    await tellFailure(error, { terminal, json: false, paint: paintFor(terminal, terminal.stderrIsScreen) }),
  )
}
