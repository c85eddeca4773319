#!/usr/bin/env node
// Plain JavaScript that runs on old Node.js too: it looks for one that is new enough and goes on there.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Folders of compiled code that are kept, with the one that is new. */
const mostCompiled = 8
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 7)) await runHere()
else await runElsewhere()

async function runHere() {
  if (process.env.PEERAGE_LAUNCHER !== undefined) endWithLauncher()
  await keepCompiled()
  const { main } = await import(pathToFileURL(await entry()).href)
  await main(process.argv.slice(2))
}

/** A published package brings the program bundled. In a clone the sources are run as they are, unless they were bundled as they are now. */
async function entry() {
  const source = join(root, 'src', 'cli', 'main.ts')
  if (!existsSync(source)) return join(root, 'dist', 'program', 'main.js')
  if (!existsSync(join(root, 'dist', 'program.json'))) return source
  const { isFresh, readBuilt } = await import('../scripts/built-program.ts')
  const built = readBuilt(root)
  return built !== undefined && isFresh(root, built) ? join(root, 'dist', built.folder, 'main.js') : source
}

/** Signals come through the launcher below too; when it is killed, so that it cannot pass one on, the program ends. */
function endWithLauncher() {
  delete process.env.PEERAGE_LAUNCHER
  process.on('message', signal => process.emit(signal, signal))
  process.once('disconnect', () => process.exit(137))
  process.channel?.unref()
}

/**
 * Compiled code is kept in the user's own cache: the default place, in the shared temporary folder, could be filled by
 * somebody else. Each place that the program runs from, each version and each Node.js has a folder there.
 */
async function keepCompiled() {
  const { enableCompileCache } = await import('node:module')
  const { homedir } = await import('node:os')
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return
  try {
    const all = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'peerage', 'compiled')
    const own = join(all, compiledName())
    if (!markUsed(own)) forgetOld(all)
    enableCompileCache(own)
  } catch {
    // Only slower.
  }
}

/** Where two places have the same number they share a folder, which harms neither. */
function compiledName() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  let place = 0
  for (const character of root) place = (Math.imul(place, 31) + character.codePointAt(0)) >>> 0
  return `${version}-${process.version}-${place.toString(36)}`
}

function markUsed(folder) {
  try {
    const now = new Date()
    utimesSync(folder, now, now)
    return true
  } catch {
    return false
  }
}

/** Only when another begins, as it compiles all anew and has no time to lose by it. */
function forgetOld(all) {
  if (!existsSync(all)) return
  const folders = readdirSync(all).map(name => join(all, name))
  const usedAt = new Map(
    folders.map(folder => [folder, statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0]),
  )
  folders.sort((a, b) => usedAt.get(b) - usedAt.get(a))
  for (const folder of folders.slice(mostCompiled - 1)) rmSync(folder, { recursive: true, force: true })
}

/** The package `node`, a development dependency, brings one along. */
async function runElsewhere() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const node = join(root, 'node_modules', 'node', 'bin', name)
  if (!existsSync(node)) {
    console.error(`Error: Peerage needs Node.js 24.7 or later; this is ${process.versions.node}.`)
    console.error('→ Install it from https://nodejs.org, or run `npm install` in the folder of Peerage.')
    process.exitCode = 1
    return
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PEERAGE_LAUNCHER: '1' },
  })
  // Ctrl-C in a terminal reaches both processes, `kill` only this one; the program takes the two for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.connected && child.send(signal, () => undefined))
  child.on('error', error => {
    console.error(`Error: ${node} cannot be run (${error.message}).`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
