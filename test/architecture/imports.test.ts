import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseTree, readTree, type SourceModule } from './module-graph.ts'
import { type Violation, violations } from './rules.ts'

const src = join(import.meta.dirname, '../../src')
const house: readonly SourceModule[] = parseTree(readTree(src))
const wishedLines = 300

test('the house stands as it was planned', () => {
  expect(house.length).toBeGreaterThan(5)
  const found = violations(house).map(({ rule, where, what }) => `${rule}: ${where} ${what}`)
  expect(found).toEqual([])
})

test(`files stay below ${wishedLines} lines (a warning)`, () => {
  const long = house.filter(({ path, lines }) => lines > wishedLines && !path.endsWith('.generated.ts'))
  for (const { path, lines } of long) console.warn(`src/${path} has ${lines} lines (wished: ${wishedLines})`)
})

/** The rules that a small tree breaks. */
function rulesBroken(files: Record<string, string>): readonly Violation['rule'][] {
  return violations(parseTree(new Map(Object.entries(files)))).map(({ rule }) => rule)
}

const ground = { 'base/index.ts': "export { a } from './a.ts'", 'base/a.ts': 'export const a = 1' }

test.each([
  ['a static import', "import { b } from '../wire/index.ts'"],
  ['a type import', "import type { B } from '../wire/index.ts'"],
  ['an inline import type', "export type B = import('../wire/index.ts').B"],
  ['a re-export', "export * from '../wire/index.ts'"],
  ['a dynamic import', "export const load = () => import('../wire/index.ts')"],
])('an import turned upward is reported: %s', (_, upward) => {
  expect(
    rulesBroken({ 'base/a.ts': upward, 'wire/index.ts': 'export const b = 1; export type B = 1' }),
  ).toEqual(['downward'])
})

test('siblings may not import each other', () => {
  const chat = { 'services/chat/index.ts': 'export const c = 1' }
  const files = { 'services/files/index.ts': "import { c } from '../chat/index.ts'" }
  expect(rulesBroken({ ...chat, ...files })).toEqual(['downward'])
  expect(
    rulesBroken({ 'bittorrent/a.ts': "import '../ipfs/index.ts'", 'ipfs/index.ts': 'export {}' }),
  ).toEqual(['downward'])
})

test('an import past an index is reported', () => {
  expect(rulesBroken({ ...ground, 'wire/b.ts': "import { a } from '../base/a.ts'" })).toEqual(['index-only'])
  expect(rulesBroken({ ...ground, 'wire/b.ts': "import { a } from '../base/index.ts'" })).toEqual([])
})

test('a cycle is reported, types included', () => {
  const files = {
    'wire/a.ts': "import type { B } from './b.ts'\nexport type A = B",
    'wire/b.ts': "import { c } from './c.ts'\nexport type B = typeof c",
    'wire/c.ts': "import type { A } from './a.ts'\nexport const c: A = 1",
  }
  const [found, ...more] = violations(parseTree(new Map(Object.entries(files))))
  expect(more).toEqual([])
  expect(found).toMatchObject({
    rule: 'acyclic',
    what: 'wire/a.ts -> wire/b.ts -> wire/c.ts -> wire/a.ts',
  })
})

test.each(['libp2p', '@libp2p/ping', '@chainsafe/libp2p-noise', '@multiformats/multiaddr'])(
  'libp2p stays in its rooms: %s',
  name => {
    expect(rulesBroken({ 'access/a.ts': `import type { X } from '${name}'` })).toEqual(['libp2p'])
    expect(rulesBroken({ 'network/a.ts': `import { x } from '${name}'` })).toEqual([])
    expect(rulesBroken({ 'ipfs/a.ts': `import { x } from '${name}'` })).toEqual([])
  },
)

test.each(['Date.now()', 'new Date()', 'performance.now()', 'Math.random()', 'setTimeout(() => {}, 1)'])(
  'rooms that decide take time and chance from the World: %s',
  use => {
    for (const path of ['wire/a.ts', 'content/a.ts', 'swarm/picker.ts', 'base/b.ts'])
      expect(rulesBroken({ [path]: `export const x = () => ${use}` })).toEqual(['pure'])
    for (const path of ['base/world.ts', 'swarm/pump.ts', 'store/a.ts', 'wire/a.test.ts'])
      expect(rulesBroken({ [path]: `export const x = () => ${use}` })).toEqual([])
  },
)

test('rooms that decide import no Node.js module', () => {
  expect(rulesBroken({ 'swarm/picker.ts': "import { join } from 'node:path'" })).toEqual(['pure'])
  expect(rulesBroken({ 'swarm/pump.ts': "import { join } from 'node:path'" })).toEqual([])
})

test.each([
  "import { connect } from 'node:net'",
  "import { createServer } from 'net'",
  "import * as net from 'node:net'",
  "import tls from 'node:tls'",
  "import { createSocket } from 'node:dgram'",
  "import { lookup } from 'node:dns/promises'",
  "import { request } from 'node:https'",
  "export { connect } from 'node:net'",
  "export const load = () => import('node:http')",
  "import UDX from 'udx-native'",
  "export const get = () => fetch('http://example.com')",
  "export const open = () => new WebSocket('ws://example.com')",
])('only the way out opens sockets: %s', text => {
  for (const path of ['network/a.ts', 'bittorrent/a.ts', 'services/reach/a.ts', 'cli/a.ts'])
    expect(rulesBroken({ [path]: text })).toEqual(['one-way-out'])
  expect(rulesBroken({ 'network/egress/a.ts': text })).toEqual([])
  expect(rulesBroken({ 'network/a.test.ts': text })).toEqual([])
})

test('types of sockets and questions about addresses open none', () => {
  for (const text of [
    "import { isIP, type Socket } from 'node:net'",
    "import type { Socket } from 'node:dgram'",
  ])
    expect(rulesBroken({ 'bittorrent/a.ts': text })).toEqual([])
})

test('the program imports nothing from outside src, and only known folders exist', () => {
  expect(rulesBroken({ 'wire/a.ts': "import '../../test/fuzz/target.ts'" })).toEqual(['inside-src'])
  expect(rulesBroken({ 'wire/a.fuzz.ts': "import '../../test/fuzz/target.ts'" })).toEqual([])
  expect(rulesBroken({ 'utils/a.ts': 'export {}' })).toEqual(['known-folder'])
})
