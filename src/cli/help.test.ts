import { expect, test } from 'vitest'
import { commandHelp, groupHelp, nearestCommand, overview } from './help.ts'
import { allCommands } from './main.ts'
import { displayWidth } from './table.ts'
import type { Paint } from './terminal.ts'

const same = (text: string): string => text
const plain: Paint = { bold: same, dim: same, green: same, yellow: same, red: same, cyan: same }

test('the overview is what people read first', () => {
  expect(overview(allCommands, plain)).toMatchSnapshot()
})

test.each(allCommands.map(command => [command.words, command] as const))(
  '%s is explained with an example, within 80 columns',
  (words, command) => {
    const text = commandHelp(command, allCommands, plain)
    expect(command.example).toContain(`peerage ${words}`)
    expect(text).toContain(command.example)
    for (const { description } of command.fields) expect(description).not.toBe('')
    for (const line of text.split('\n').filter(one => !one.startsWith('Example')))
      expect(displayWidth(line), line).toBeLessThanOrEqual(80)
  },
)

test('the overview stays within 80 columns', () => {
  for (const line of overview(allCommands, plain).split('\n'))
    expect(displayWidth(line), line).toBeLessThanOrEqual(80)
})

test('no command stands for two things', () => {
  const words = allCommands.map(one => one.words)
  expect(new Set(words).size).toBe(words.length)
})

test('a mistyped command is guessed', () => {
  expect(nearestCommand('gte', allCommands)).toBe('get')
  expect(nearestCommand('shaer', allCommands)).toBe('share')
  expect(nearestCommand('stauts', allCommands)).toBe('status')
  expect(nearestCommand('frobnicate', allCommands)).toBeUndefined()
})

test('words that only begin commands list them', () => {
  expect(groupHelp('circle', allCommands, plain)).toMatch(/peerage circle create +Make/)
  expect(groupHelp('circle', allCommands, plain)).not.toContain('peerage circles')
})
