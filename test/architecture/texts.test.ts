import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Expression,
  type JSXAttribute,
  type JSXAttributeValue,
  type JSXElement,
  parseSync,
  Visitor,
} from 'oxc-parser'
import { expect, test } from 'vitest'
import { readTree } from './module-graph.ts'

const root = join(import.meta.dirname, '../../web/src')

/** What people read or hear, besides what stands between tags. */
const spoken =
  /^(aria-(label|description|roledescription|valuetext|placeholder)|placeholder|title|alt|label|hint|lead|text|action|problem)$/

/** The name of the program is the same in every language. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && /\p{L}{2}/u.test(value) && value.trim() !== 'Peerage'

/** Words that stand in a component instead of in a catalogue. */
function wordsIn(path: string, text: string): string[] {
  const found: string[] = []
  const take = (value: unknown): void => void (isText(value) && found.push(`${path}: ${value.trim()}`))
  const takeSpoken = ({ name, value }: JSXAttribute): void => {
    if (name.type === 'JSXIdentifier' && spoken.test(name.name)) take(literal(value))
  }
  const takeChildren = ({ children }: JSXElement): void => {
    for (const child of children) if (child.type === 'JSXExpressionContainer') take(literal(child))
  }
  new Visitor({
    JSXText: node => take(node.value),
    JSXElement: takeChildren,
    JSXAttribute: takeSpoken,
  }).visit(parseSync(path, text).program)
  return [...new Set(found)]
}

function literal(node: JSXAttributeValue | Expression | { type: 'JSXEmptyExpression' } | null): unknown {
  if (node?.type === 'JSXExpressionContainer') return literal(node.expression)
  if (node?.type === 'Literal') return node.value
  if (node?.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked).join('')
  return undefined
}

test('every word that people read stands in a catalogue', () => {
  const components = [...readTree(root)].filter(([path]) => path.endsWith('.tsx'))
  expect(components.length).toBeGreaterThan(50)
  expect(components.flatMap(([path, text]) => wordsIn(path, text))).toEqual([])
})

test.each([
  '<p>Two words</p>',
  '<p>{"Two words"}</p>',
  '<button aria-label="Close" />',
  '<input placeholder={`Search`} />',
  '<Card title="Hello" />',
  '<TextField label={"Name"} />',
])('%s would be noticed', line => {
  expect(wordsIn('page.tsx', `const x = ${line}`)).toHaveLength(1)
})

test.each([
  '<p>{texts.title}</p>',
  '<Card title="Peerage" />',
  '<a href="/share">→</a>',
  '<Icon name="menu" />',
])('%s is no text', line => {
  expect(wordsIn('page.tsx', `const x = ${line}`)).toEqual([])
})

type Entry = readonly [path: string, text: unknown]

function entriesOf(value: unknown, path = ''): Entry[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, inner]) => entriesOf(inner, `${path}.${name}`))
}

const areas = readdirSync(join(root, 'texts'))
  .filter(name => name.endsWith('.en.ts'))
  .map(name => name.slice(0, -'.en.ts'.length))

async function catalogue(area: string, language: string): Promise<Map<string, unknown>> {
  const module: Record<string, unknown> = await import(join(root, 'texts', `${area}.${language}.ts`))
  return new Map(Object.values(module).flatMap(value => entriesOf(value)))
}

test.each(areas)('%s is in German, too, and German is not English', async area => {
  expect(existsSync(join(root, 'texts', `${area}.de.ts`))).toBe(true)
  const english = await catalogue(area, 'en')
  const german = await catalogue(area, 'de')
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  // One word or a name may be the same in both; a sentence cannot.
  const same = [...german].filter(
    ([key, text]) => typeof text === 'string' && english.get(key) === text && text.split(' ').length > 3,
  )
  expect(same).toEqual([])
})

test('numbers and times are written by Intl, of the language that was chosen', () => {
  const byHand = /\.toLocale(Date|Time)?String\(|new Intl\.\w+Format\((undefined|\))/
  const found = [...readTree(root)].filter(([path, text]) => !/\.test\.tsx?$/.test(path) && byHand.test(text))
  expect(found.map(([path]) => path)).toEqual([])
})
