import { flagName } from '../arguments.ts'
import { coerceInput } from '../coerce-input.ts'
import type { CommandInfo } from '../command-info.ts'
import type { CommandContext, CommandResult } from '../context.ts'

const commonFlags = ['--help', '--json', '--quiet', '--home', '--port', '--api-port', '--preset', '--set']

/** `peerage completion SHELL` */
export async function run(context: CommandContext): CommandResult {
  const { shell } = coerceInput(context.command, context.input)
  const commands = context.commands.filter(({ words }) => words !== 'operations')
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }
  await context.print(scripts[shell as keyof typeof scripts](commands))
}

function flagsOf(command: CommandInfo): string[] {
  return command.fields.filter(field => !field.positional).map(field => `--${flagName(field.name)}`)
}

function firstWords(commands: readonly CommandInfo[]): string[] {
  return [...new Set(commands.map(({ words }) => words.split(' ')[0]!))]
}

function secondWords(commands: readonly CommandInfo[], first: string): string[] {
  return commands
    .filter(({ words }) => words.startsWith(`${first} `))
    .map(({ words }) => words.split(' ')[1]!)
}

function wordsAfter(commands: readonly CommandInfo[], first: string): string {
  const own = commands.filter(({ words }) => words.split(' ')[0] === first)
  const choices = own.flatMap(({ fields }) =>
    fields.filter(one => one.positional).flatMap(one => one.choices ?? []),
  )
  return [...secondWords(commands, first), ...choices, ...new Set(own.flatMap(flagsOf)), ...commonFlags].join(
    ' ',
  )
}

function bashScript(commands: readonly CommandInfo[]): string {
  const cases = firstWords(commands).map(word => `    ${word}) words='${wordsAfter(commands, word)}' ;;`)
  return `# bash completion of peerage
_peerage() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='${firstWords(commands).join(' ')} ${commonFlags.join(' ')}'
  if ((COMP_CWORD > 1)); then
    case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _peerage peerage`
}

function zshScript(commands: readonly CommandInfo[]): string {
  const tops = firstWords(commands).map(word => `    '${word}:${quote(summaryOf(commands, word))}'`)
  const cases = firstWords(commands).map(word => `    ${word}) compadd -- ${wordsAfter(commands, word)} ;;`)
  return `#compdef peerage
_peerage() {
  local -a tops=(
${tops.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command tops
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
  _files
}
compdef _peerage peerage`
}

function fishScript(commands: readonly CommandInfo[]): string {
  const lines = ['# fish completion of peerage']
  for (const word of firstWords(commands)) {
    lines.push(
      `complete -c peerage -n __fish_use_subcommand -a ${word} -d '${quote(summaryOf(commands, word))}'`,
    )
    for (const second of secondWords(commands, word))
      lines.push(`complete -c peerage -n '__fish_seen_subcommand_from ${word}' -a ${second}`)
    for (const command of commands.filter(({ words }) => words.split(' ')[0] === word))
      for (const field of command.fields.filter(one => !one.positional))
        lines.push(
          `complete -c peerage -n '__fish_seen_subcommand_from ${word}' -l ${flagName(field.name)} -d '${quote(field.description)}'`,
        )
  }
  for (const flag of commonFlags) lines.push(`complete -c peerage -l ${flag.slice(2)}`)
  return lines.join('\n')
}

function summaryOf(commands: readonly CommandInfo[], word: string): string {
  return commands.find(({ words }) => words === word)?.summary ?? word
}

function quote(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', ' ')
}
