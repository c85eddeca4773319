import { PeerageError } from '../../base/index.ts'

/** What stands before the rules of a denylist. */
export interface DenylistHeader {
  /** They hold for every rule. */
  readonly hints: ReadonlyMap<string, string>
  /** Where the rules begin, and how many lines there are before. */
  readonly start: number
  readonly lines: number
}

/** "1 MiB (1048576 bytes) maximum size": without an end before that there is no header. */
export const maxHeaderLength = 1_048_576
/** Nobody writes so many by hand; and they are looked at in one go. */
const maxHeaderLines = 16_384
const maxValue = 1_024

/**
 * Reads the header, which is YAML ("Header"); of it what we know: the version, and hints. Throws `config.invalid` for another version, and for
 * what is plainly no YAML.
 */
export function readDenylistHeader(text: string): DenylistHeader {
  const end = /^---[ \t]*\r?$/m.exec(text.slice(0, maxHeaderLength))
  if (end === null) return { hints: new Map(), start: 0, lines: 0 }
  const lines = text
    .slice(0, end.index)
    .split(/\r?\n/, maxHeaderLines + 1)
    .slice(0, -1)
  if (lines.length === maxHeaderLines) throw unusable(`Its header has ${maxHeaderLines} lines or more.`)
  const wrong = lines.findIndex(
    line => !/^(?:\s*$|\s*#|\s+\S|- |%|[^\s:#[\]{},&*!|>'"%@`][^:]*:(?:\s|$)|["'])/.test(line),
  )
  if (wrong >= 0) throw unusable(`Line ${wrong + 1} of its header is not understood.`)
  const version = scalarOf(/^version:(.*)$/m.exec(lines.join('\n'))?.[1] ?? '1')
  if (version !== '1') throw unusable('It is of a version of the format that is not known.')
  return {
    hints: hintsIn(lines),
    // Behind the line feed, if there is one.
    start: Math.min(text.length, end.index + end[0].length + 1),
    lines: lines.length + 1,
  }
}

/** One a line below `hints:`, or all of them in braces behind it. */
function hintsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const at = lines.findIndex(line => /^hints:/.test(line))
  if (at < 0) return new Map()
  const inBraces = /^hints:\s*\{(.*)\}/.exec(lines[at]!)?.[1]
  const more = lines.slice(at + 1)
  const end = more.findIndex(line => /^[^\s#]/.test(line))
  const items = inBraces?.split(',') ?? more.slice(0, end < 0 ? more.length : end)
  return new Map(
    items.flatMap(item => {
      const [, name, value] = /^\s*["']?([^\s:#"']+)["']?:\s(.*)$/.exec(item) ?? []
      return name === undefined ? [] : [[name, scalarOf(value!)] as const]
    }),
  )
}

/** A plain or quoted value, without the comment behind it. */
function scalarOf(text: string): string {
  const value = text.slice(0, maxValue).trim()
  const quote = /^["']/.exec(value)?.[0]
  if (quote !== undefined) return value.slice(1).split(quote, 1)[0]!
  return value.split(/(?:^|\s)#/, 1)[0]!.trimEnd()
}

/** Says why a list cannot be used; which one it is says whoever reads it. */
export function unusable(why: string): PeerageError {
  return new PeerageError('config.invalid', why)
}
