import type { Import, SourceModule } from './module-graph.ts'

/** One thing that breaks the plan of the house. */
export interface Violation {
  readonly rule:
    | 'downward'
    | 'index-only'
    | 'acyclic'
    | 'libp2p'
    | 'pure'
    | 'inside-src'
    | 'known-folder'
    | 'one-way-out'
  /** `wire/bencode.ts:3` */
  readonly where: string
  readonly what: string
}

/** Folders of src/ from the ground up. Folders on one floor are siblings and do not know each other. */
const floors: readonly (readonly string[])[] = [
  ['base'],
  ['wire'],
  ['content'],
  ['access'],
  ['store'],
  ['network'],
  ['swarm'],
  ['bittorrent', 'ipfs'],
  ['services'],
  ['peer'],
  ['daemon'],
  ['cli'],
]

/** The only rooms that may import libp2p. */
const libp2pRooms: ReadonlySet<string> = new Set(['network', 'ipfs'])
const libp2pPackage = /^(libp2p|@libp2p\/.*|@chainsafe\/libp2p-.*|@multiformats\/multiaddr.*)$/

/** Rooms that import no Node.js module and read no clock, with the files that are excepted. */
const pureRooms: ReadonlySet<string> = new Set(['base', 'wire', 'content', 'swarm'])
const impureFiles: ReadonlySet<string> = new Set(['base/world.ts', 'swarm/pump.ts'])

/** What opens sockets or asks for names, of which modules. */
const socketMakers: ReadonlyMap<string, readonly string[]> = new Map([
  ['node:net', ['connect', 'createConnection', 'createServer', 'Server', 'Socket', 'Stream', 'default', '*']],
  ['node:tls', ['connect', 'createServer', 'Server', 'default', '*']],
  ...[
    ...[
      'node:dgram',
      'node:dns',
      'node:dns/promises',
      'node:http',
      'node:https',
      'node:http2',
      'node:inspector',
    ],
    ...['udx-native', 'koffi', 'undici', 'ws', '@libp2p/tcp', '@libp2p/websockets'],
  ].map((name): [string, string[]] => [name, ['*']]),
])

/** Who may do so, and why: what leaves the machine has one way out. */
const socketRooms: readonly string[] = [
  'network/egress/',
  // UDP sockets, which the way out holds to its interface.
  'network/udp-socket.ts',
  'network/transports/udx/',
  // TLS on connections that came from the way out.
  'network/http-connection.ts',
  'network/transports/native-tls.ts',
  // Asks the system which way it would take, and sends nothing.
  'network/gateway/default-route.ts',
  // The local API, and those who ask it, all on this machine.
  'daemon/api-server.ts',
  'daemon/client.ts',
  'daemon/gateway-server.ts',
  // The same API, for those who sign in from elsewhere.
  'daemon/remote/listener.ts',
  'daemon/socket-request.ts',
  'cli/commands/doctor.ts',
]

/** Everything in `modules` that breaks a rule, in file order. */
export function violations(modules: readonly SourceModule[]): readonly Violation[] {
  return [...modules.flatMap(violationsOf), ...cycles(modules)]
}

function violationsOf(module: SourceModule): readonly Violation[] {
  const found: Violation[] = []
  if (floorOf(module.path) < 0)
    found.push({ rule: 'known-folder', where: module.path, what: `${roomOf(module.path)} has no floor` })
  for (const imported of module.imports) {
    const where = `${module.path}:${imported.line}`
    for (const [rule, what] of brokenBy(module, imported)) found.push({ rule, where, what })
  }
  if (mustBePure(module.path))
    for (const { name, line } of module.ambient)
      found.push({ rule: 'pure', where: `${module.path}:${line}`, what: `uses ${name} past the World` })
  if (mustAskForSockets(module.path))
    for (const { name, line } of module.connecting)
      found.push({ rule: 'one-way-out', where: `${module.path}:${line}`, what: `uses ${name}` })
  return found
}

function* brokenBy(module: SourceModule, imported: Import): Generator<[Violation['rule'], string]> {
  const { specifier, target } = imported
  if (target === undefined) {
    if (libp2pPackage.test(specifier) && !libp2pRooms.has(roomOf(module.path)))
      yield ['libp2p', `imports ${specifier} outside network/ and ipfs/`]
    const made = madeBy(imported)
    if (made.length > 0 && mustAskForSockets(module.path))
      yield ['one-way-out', `takes ${made.join()} from ${specifier} past network/egress`]
    if (specifier.startsWith('node:') && mustBePure(module.path)) yield ['pure', `imports ${specifier}`]
    return
  }
  if (target.startsWith('..')) {
    if (!isTest(module.path)) yield ['inside-src', `imports ${specifier}, which is not part of the program`]
    return
  }
  const [from, to] = [roomOf(module.path), roomOf(target)]
  if (from === to) return
  if (floorOf(target) >= floorOf(module.path)) yield ['downward', `${from} imports ${to} (${specifier})`]
  if (target !== `${to}/index.ts`) yield ['index-only', `reaches past the index of ${to} (${specifier})`]
}

/** The room of a path: its first folder, or `services/NAME`. */
function roomOf(path: string): string {
  const parts = path.split('/')
  return parts[0] === 'services' ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function floorOf(path: string): number {
  const room = path.split('/')[0] ?? ''
  return floors.findIndex(floor => floor.includes(room))
}

/** Tests and fuzz targets stand beside the code but are not part of the program. */
function isTest(path: string): boolean {
  return /\.(test|fuzz)\.ts$/.test(path)
}

function mustAskForSockets(path: string): boolean {
  return !isTest(path) && !socketRooms.some(room => path.startsWith(room))
}

/** What of an import opens sockets. */
function madeBy({ specifier, values }: Import): readonly string[] {
  const makers = socketMakers.get(
    specifier.replace(/^(net|tls|dgram|dns|dns\/promises|https?2?|inspector)$/, 'node:$1'),
  )
  if (makers === undefined) return []
  return values.filter(name => makers.includes(name) || (makers.includes('*') && makers.length === 1))
}

function mustBePure(path: string): boolean {
  return pureRooms.has(path.split('/')[0] ?? '') && !impureFiles.has(path) && !isTest(path)
}

/** Each cycle once, types included, found by depth-first search in file order. */
function cycles(modules: readonly SourceModule[]): readonly Violation[] {
  const byPath = new Map(modules.map(module => [module.path, module]))
  const done = new Set<string>()
  const found: Violation[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      const loop = [...trail.slice(at), path]
      found.push({ rule: 'acyclic', where: path, what: loop.join(' -> ') })
      return
    }
    if (done.has(path)) return
    for (const { target } of byPath.get(path)?.imports ?? [])
      if (target && byPath.has(target)) walk(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of modules) walk(path, [])
  return found
}
