import { flagName } from './arguments.ts'
import type { CommandInfo, FieldInfo } from './command-info.ts'
import type { Paint } from './terminal.ts'

const groups: readonly { readonly title: string; readonly words: readonly string[] }[] = [
  {
    title: 'Share and fetch',
    words: [
      'send',
      'receive',
      'share',
      'get',
      'shares',
      'wish',
      'wishes',
      'unwish',
      'unshare',
      'export',
      'create',
      'import',
      'car export',
      'car import',
      'car preview',
      'cid',
    ],
  },
  {
    title: 'What is here',
    words: [
      'list',
      'show',
      'files',
      'cat',
      'ls',
      'peers',
      'pause',
      'resume',
      'verify',
      'set',
      'move',
      'remove',
    ],
  },
  {
    title: 'People',
    words: [
      'invite',
      'accept',
      'invites',
      'contacts',
      'contact add',
      'contact show',
      'contact verify',
      'contact rename',
      'contact note',
      'contact block',
      'contact unblock',
      'contact remove',
      'circles',
      'circle create',
      'circle show',
      'circle add',
      'circle role',
      'circle remove',
      'circle leave',
      'circle rename',
      'circle forget',
      'devices',
      'device join',
      'device add',
      'device accept',
      'device revoke',
      'grant',
      'grants',
      'revoke',
    ],
  },
  {
    title: 'Permissions',
    words: [
      'allow',
      'deny',
      'access list',
      'access show',
      'access of',
      'access explain',
      'access remove',
      'access reset',
      'audit',
      'audit verify',
    ],
  },
  {
    title: 'Public network',
    words: [
      'trackers',
      'announce',
      'add-peer',
      'edit',
      'tracker',
      'gateway',
      'ban',
      'unban',
      'bans',
      'filter',
      'port',
      'rendezvous',
      'kademlia',
      'private-network',
      'private-network create',
      'find',
      'ipfs',
      'ipfs show',
      'ipfs providers',
      'dht',
      'pin',
      'unpin',
      'pins',
      'cache',
      'cache clear',
      'name publish',
      'name resolve',
      'name list',
      'name key create',
      'name key list',
      'name key remove',
    ],
  },
  {
    title: 'This peer',
    words: [
      'start',
      'open',
      'stop',
      'restart',
      'status',
      'totals',
      'id',
      'config',
      'doctor',
      'path',
      'relays',
      'completion',
    ],
  },
]

const globalOptions: readonly (readonly [string, string])[] = [
  ['--home DIR', 'Where identity, settings and index live (or PEERAGE_HOME)'],
  ['--json', 'Answer in JSON on stdout'],
  ['-q, --quiet', 'Only results and errors'],
  ['--port N', 'Port for other peers; 0 takes any free one'],
  ['--api-port N', 'Port of the local API; 0 takes any free one'],
  ['--preset NAME', 'open, circle or lan'],
  ['--set KEY=VALUE', 'Any other setting for this run; see `peerage config`'],
  ['--no-color', 'No colour (or NO_COLOR)'],
  ['-h, --help', 'Explain a command'],
  ['-V, --version', 'Print the version'],
]

/** The overview: `peerage --help`. */
export function overview(commands: readonly CommandInfo[], paint: Paint): string {
  const lines = [
    `${paint.bold('Peerage')} makes this computer a full peer: share files and folders, and fetch`,
    'them from every peer that holds them. No server, no account.',
    '',
    `${paint.bold('Usage')}   peerage COMMAND [OPTIONS]`,
    '',
    '  peerage send FILE                 send it to whoever types the code it shows',
    '  peerage share ~/Pictures          share a folder and print its link',
    '  peerage get LINK --into DIR       fetch what a link names',
    '',
  ]
  for (const { title, words } of withOthers(commands)) {
    lines.push(paint.bold(title))
    const own = words.flatMap(name => commands.filter(one => one.words === name))
    lines.push(...table(own.map(one => [one.words, one.summary])))
    lines.push('')
  }
  lines.push(paint.bold('Options'), ...table(globalOptions), '')
  lines.push('`peerage COMMAND --help` explains a command and shows an example.')
  return `${lines.join('\n')}\n`
}

/** Commands of one word that stand in no group come last, so that a new service shows up by itself. */
function withOthers(commands: readonly CommandInfo[]): typeof groups {
  const listed = new Set([...groups.flatMap(({ words }) => words), 'help', 'operations'])
  const tops = new Set(commands.map(({ words }) => words))
  const others = commands
    .map(({ words }) => words)
    .filter(words => !listed.has(words) && !tops.has(words.split(' ').slice(0, -1).join(' ')))
  return others.length === 0 ? groups : [...groups, { title: 'More', words: others }]
}

/** Commands that begin with these words and go on. */
export function commandsBelow(words: string, commands: readonly CommandInfo[]): readonly CommandInfo[] {
  return commands.filter(one => one.words.startsWith(`${words} `))
}

/** Words that are no command but begin some: `peerage circle --help`. */
export function groupHelp(word: string, commands: readonly CommandInfo[], paint: Paint): string {
  const rows = commandsBelow(word, commands).map(one => [`peerage ${one.words}`, one.summary] as const)
  return `${[paint.bold(`Commands of ${word}`), ...table(rows)].join('\n')}\n`
}

/** One command: `peerage share --help`. */
export function commandHelp(command: CommandInfo, commands: readonly CommandInfo[], paint: Paint): string {
  const positional = command.fields.filter(field => field.positional)
  const options = command.fields.filter(field => !field.positional)
  const usage = [
    'peerage',
    command.words,
    ...positional.map(placeholder),
    ...(options.length > 0 ? ['[OPTIONS]'] : []),
  ]
  const lines = [`${command.summary}.`, '', `${paint.bold('Usage')}    ${usage.join(' ')}`]
  lines.push(`${paint.bold('Example')}  ${command.example}`, '')
  if (positional.length > 0)
    lines.push(...table(positional.map(one => [one.name.toUpperCase(), explain(one)])), '')
  if (options.length > 0)
    lines.push(paint.bold('Options'), ...table(options.map(one => [flagUsage(one), explain(one)])), '')
  const below = commandsBelow(command.words, commands)
  if (below.length > 0)
    lines.push(paint.bold('See also'), ...table(below.map(one => [`peerage ${one.words}`, one.summary])), '')
  lines.push('Options of every command: --home, --json, --quiet; see `peerage --help`.')
  return `${lines.join('\n')}\n`
}

function placeholder(field: FieldInfo): string {
  const name = `${field.name.toUpperCase()}${field.type === 'array' ? '...' : ''}`
  return field.required ? name : `[${name}]`
}

function flagUsage(field: FieldInfo): string {
  const name = flagName(field.name)
  if (field.type === 'boolean') return field.default === true ? `--no-${name}` : `--${name}`
  return `--${name} ${field.choices?.join('|') ?? (field.type === 'integer' || field.type === 'number' ? 'N' : 'VALUE')}`
}

function explain(field: FieldInfo): string {
  const fallback = field.default
  const told = fallback === undefined || typeof fallback === 'boolean' || String(fallback) === ''
  const choices = field.positional && field.choices !== undefined ? ` (${field.choices.join(', ')})` : ''
  return `${field.description}${choices}${told ? '' : ` [${String(fallback)}]`}`
}

const columns = 80

/** Two columns that stay within 80; a long name gets a line of its own. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(28, Math.max(10, ...rows.map(([name]) => name.length)) + 2)
  return rows.flatMap(([name, text]) => {
    const [first = '', ...more] = wrap(text, columns - width - 2)
    const indent = ' '.repeat(width + 2)
    const rest = more.map(line => indent + line)
    if (name.length >= width) return [`  ${name}`, indent + first, ...rest]
    return [`  ${name.padEnd(width)}${first}`, ...rest]
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** The command that was probably meant. */
export function nearestCommand(word: string, commands: readonly CommandInfo[]): string | undefined {
  const names = [...new Set(commands.map(({ words }) => words.split(' ')[0]!))]
  const scored = names.map(name => ({ name, away: distance(word, name) })).sort((a, b) => a.away - b.away)
  return scored[0] !== undefined && scored[0].away <= Math.max(1, Math.floor(word.length / 3))
    ? scored[0].name
    : undefined
}

/** Edit distance where two swapped letters count as one mistake (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, change, swapped ? rows[i - 2]![j - 2]! + 1 : change),
      )
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
