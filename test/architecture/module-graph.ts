import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type ImportDeclaration, parseSync, Visitor } from 'oxc-parser'

/** One import of a module: static, `import type`, re-export, `import()` or `typeof import()`. */
export interface Import {
  /** As written: `node:fs`, `libp2p`, `../base/index.ts`. */
  readonly specifier: string
  /** Path of the imported module below src/, or undefined for a package or a built-in. */
  readonly target: string | undefined
  /** Values that are taken from it: names, `default`, or `*` for all of them. Types are not among them. */
  readonly values: readonly string[]
  readonly line: number
}

/** A use of a clock, a timer or a random source that is not taken from the World. */
export interface AmbientUse {
  readonly name: string
  readonly line: number
}

export interface SourceModule {
  /** Below src/, with forward slashes: `wire/bencode.ts`. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly ambient: readonly AmbientUse[]
  /** Uses of globals that open connections. */
  readonly connecting: readonly AmbientUse[]
}

/** File texts by their path below src/. */
export type SourceTree = ReadonlyMap<string, string>

/** Reads every TypeScript file below `root`. */
export function readTree(root: string): SourceTree {
  const entries: Dirent[] = readdirSync(root, { recursive: true, withFileTypes: true })
  const tree = new Map<string, string>()
  for (const entry of entries) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    tree.set(path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'))
  }
  return tree
}

/** Parses each file of a tree. Throws `Error` when one does not parse: such a tree cannot be judged. */
export function parseTree(tree: SourceTree): readonly SourceModule[] {
  return [...tree].map(([path, text]) => parseModule(path, text))
}

/** Global objects and functions through which time and chance get in past the World. */
const ambientMembers: ReadonlySet<string> = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'process.hrtime',
  'AbortSignal.timeout',
])
const ambientFunctions: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate'])

/** Global functions and classes that open connections. */
const connectingGlobals: ReadonlySet<string> = new Set(['fetch', 'WebSocket', 'EventSource'])

function parseModule(path: string, text: string): SourceModule {
  const parsed = parseSync(path, text)
  const [error] = parsed.errors
  if (error) throw new Error(`${path}: ${error.message}`)
  const lineOf = lineFinder(text)
  const imports: Import[] = []
  const ambient: AmbientUse[] = []
  const connecting: AmbientUse[] = []
  const importFrom = (specifier: string, at: number, values: readonly string[]): void => {
    imports.push({ specifier, target: resolve(path, specifier), values, line: lineOf(at) })
  }
  const visitor = new Visitor({
    ImportDeclaration: node => importFrom(node.source.value, node.start, importedValues(node)),
    ExportNamedDeclaration: node => node.source && importFrom(node.source.value, node.start, ['*']),
    ExportAllDeclaration: node => importFrom(node.source.value, node.start, ['*']),
    ImportExpression: node => {
      const { source } = node
      if (source.type === 'Literal' && typeof source.value === 'string')
        importFrom(source.value, node.start, ['*'])
    },
    TSImportType: node => importFrom(node.source.value, node.start, []),
    MemberExpression: node => {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return
      const name = `${node.object.name}.${node.property.name}`
      if (ambientMembers.has(name)) ambient.push({ name, line: lineOf(node.start) })
    },
    CallExpression: node => {
      if (node.callee.type === 'Identifier' && ambientFunctions.has(node.callee.name))
        ambient.push({ name: node.callee.name, line: lineOf(node.start) })
      if (node.callee.type === 'Identifier' && connectingGlobals.has(node.callee.name))
        connecting.push({ name: node.callee.name, line: lineOf(node.start) })
    },
    NewExpression: node => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
        ambient.push({ name: 'new Date', line: lineOf(node.start) })
      if (node.callee.type === 'Identifier' && connectingGlobals.has(node.callee.name))
        connecting.push({ name: `new ${node.callee.name}`, line: lineOf(node.start) })
    },
  })
  visitor.visit(parsed.program)
  return { path, lines: text.split('\n').length - 1, imports, ambient, connecting }
}

function importedValues({ importKind, specifiers }: ImportDeclaration): string[] {
  if (importKind === 'type') return []
  return specifiers.flatMap(one => {
    if (one.type === 'ImportNamespaceSpecifier') return ['*']
    if (one.type === 'ImportDefaultSpecifier') return ['default']
    if (one.importKind === 'type') return []
    return [one.imported.type === 'Identifier' ? one.imported.name : one.imported.value]
  })
}

/** A relative specifier as a path below src/; one that leaves src/ keeps its leading `..`. */
function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}

function lineFinder(text: string): (offset: number) => number {
  return offset => text.slice(0, offset).split('\n').length
}
