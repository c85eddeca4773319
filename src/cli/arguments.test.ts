import { expect, test } from 'vitest'
import { parseArguments, UsageProblem } from './arguments.ts'
import { coerceInput } from './coerce-input.ts'
import type { CommandInfo } from './command-info.ts'

const field = { description: '', required: false, positional: false }

const commands: CommandInfo[] = [
  {
    words: 'send',
    summary: 'Send',
    example: 'peerage send a b',
    kind: 'value',
    fields: [
      { ...field, name: 'target', type: 'string', required: true, positional: true },
      { ...field, name: 'parts', type: 'array', items: 'string', positional: true },
      { ...field, name: 'maxBytes', type: 'integer' },
      { ...field, name: 'fast', type: 'boolean' },
      { ...field, name: 'careful', type: 'boolean', default: true },
      { ...field, name: 'skip', type: 'array', items: 'string' },
      { ...field, name: 'mode', type: 'string', choices: ['a', 'b'] },
    ],
  },
  { words: 'config', summary: 'List', example: '', kind: 'value', fields: [] },
  {
    words: 'config get',
    summary: 'Get',
    example: '',
    kind: 'value',
    fields: [{ ...field, name: 'key', type: 'string', required: true, positional: true }],
  },
]

const parse = (line: string): ReturnType<typeof parseArguments> =>
  parseArguments(line.split(' ').filter(Boolean), commands)

function input(line: string): Record<string, unknown> {
  const { command, input: typed } = parse(line)
  return coerceInput(command!, typed)
}

test('positional words and flags in any order become typed input', () => {
  expect(input('send --max-bytes 16KiB t --fast one --skip=x two --skip y --mode b')).toEqual({
    target: 't',
    parts: ['one', 'two'],
    maxBytes: 16_384,
    fast: true,
    skip: ['x', 'y'],
    mode: 'b',
  })
  expect(input('send t --no-careful --fast=false')).toEqual({
    target: 't',
    parts: [],
    careful: false,
    fast: false,
  })
  expect(input('send -- --fast')).toEqual({ target: '--fast', parts: [] })
})

test('the longest command wins', () => {
  expect(parse('config').command?.words).toBe('config')
  expect(input('config get network.port')).toEqual({ key: 'network.port' })
  expect(parse('config get config').input).toEqual({ key: 'config' })
})

test('options of every command may stand anywhere', () => {
  const { options } = parse('--home /h config --json -q get k --port=0 --set a.b=c=d --preset lan')
  expect(options).toMatchObject({
    home: '/h',
    json: true,
    quiet: true,
    config: { 'network.port': '0', 'a.b': 'c=d', preset: 'lan' },
  })
})

test.each([
  ['send', /needs TARGET/],
  ['send t --nope', /no option --nope for send/],
  ['send t --max-bytes', /--max-bytes needs a value/],
  ['send t --max-bytes lots', /--max-bytes must be a number/],
  ['send t --fast=maybe', /--fast must be true or false/],
  ['send t --mode c', /--mode must be one of a, b/],
  ['config get k extra', /"extra" is one too many/],
  ['send t -x', /no option -x/],
  ['--set a', /KEY=VALUE/],
])('%s is not understood', (line, message) => {
  expect(() => input(line)).toThrow(message)
  expect(() => input(line)).toThrow(UsageProblem)
})

test('what is left unsaid is "start", with its options and those of every command', () => {
  const start: CommandInfo = {
    words: 'start',
    summary: 'Start',
    example: '',
    kind: 'value',
    fields: [
      { ...field, name: 'noOpen', type: 'boolean' },
      { ...field, name: 'fast', type: 'boolean' },
    ],
  }
  const parseLine = (line: string): ReturnType<typeof parseArguments> =>
    parseArguments(line.split(' ').filter(Boolean), [...commands, start])
  expect(parseLine('')).toMatchObject({ command: start, input: {} })
  expect(parseLine('--no-open --home /h')).toMatchObject({
    command: start,
    input: { noOpen: 'true' },
    options: { home: '/h' },
  })
  expect(parseLine('--fast send t')).toMatchObject({
    command: { words: 'send' },
    input: { fast: 'true', target: 't' },
  })
  expect(() => parseLine('--no-open send t')).toThrow('There is no option --no-open for send.')
  expect(() => parseLine('--nope')).toThrow('There is no option --nope.')
  expect(parseLine('--help').command).toBeUndefined()
})

test('help is given even when something is missing', () => {
  expect(parse('send --help')).toMatchObject({ options: { help: true }, command: { words: 'send' } })
})
