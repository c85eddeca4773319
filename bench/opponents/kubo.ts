import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { follow } from '../child.ts'
import type { IpfsNode } from '../ipfs.ts'
import type { WorkFolder } from '../test-data.ts'

/** Where `go install` puts it, when it is not on the path. */
const places = ['ipfs', join(homedir(), 'go/bin/ipfs')]

/** The program, or undefined when it is not there. */
export function kuboProgram(): string | undefined {
  return places.find(place => {
    if (place.includes('/') && !existsSync(place)) return false
    try {
      execFileSync(place, ['version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

export function missingKubo(): string | undefined {
  return kuboProgram() === undefined
    ? 'Kubo is not there (`go install github.com/ipfs/kubo/cmd/ipfs@latest`)'
    : undefined
}

/** A Kubo node that knows nobody and is reached over TCP on loopback alone. */
export interface Kubo extends AsyncDisposable {
  readonly pid: number
  /** Its multiaddr. */
  readonly address: string
  /** Runs a command of its program. Rejects when it fails. */
  run(...args: readonly string[]): Promise<string>
  /** Runs one that answers with bytes, into a file. */
  runInto(path: string, ...args: readonly string[]): Promise<void>
}

/** Starts a node whose repository is in `home`, an empty folder; `settings` by key, beside those that keep it alone. */
export async function runKubo(home: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Kubo> {
  const program = kuboProgram()
  if (program === undefined) throw new Error(missingKubo())
  const env = { ...process.env, IPFS_PATH: home }
  const run = async (...args: readonly string[]): Promise<string> => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, errors] = ['', '']
    child.stdout.on('data', chunk => (out += chunk))
    child.stderr.on('data', chunk => (errors = (errors + chunk).slice(-2000)))
    const code = await new Promise(resolve => child.once('close', resolve))
    if (code !== 0) throw new Error(`ipfs ${args.join(' ')}: ${errors.trim()}`)
    return out.trim()
  }
  await run('init', '--empty-repo')
  const all: readonly (readonly [string, unknown])[] = [
    ['Addresses.Swarm', ['/ip4/127.0.0.1/tcp/0']],
    ['Addresses.API', '/ip4/127.0.0.1/tcp/0'],
    ['Addresses.Gateway', []],
    ['Gateway.NoFetch', true],
    ['Bootstrap', []],
    ['AutoConf.Enabled', false],
    ['Discovery.MDNS.Enabled', false],
    ['Routing.Type', 'none'],
    ['Routing.DelegatedRouters', []],
    ['Ipns.DelegatedPublishers', []],
    ['DNS.Resolvers', {}],
    ['Swarm.DisableNatPortMap', true],
    ['Swarm.RelayClient.Enabled', false],
    ['Swarm.RelayService.Enabled', false],
    ['AutoNAT.ServiceMode', 'disabled'],
    ['AutoTLS.Enabled', false],
    ['Provide.Enabled', false],
    ...Object.entries(settings),
  ]
  for (const [key, value] of all) await run('config', '--json', key, JSON.stringify(value))
  const daemon = follow(['env', `IPFS_PATH=${home}`, program, 'daemon'])
  await daemon.line(line => line.includes('Daemon is ready'))
  const addresses = JSON.parse(await run('id')).Addresses as string[]
  return {
    pid: daemon.pid,
    address: addresses.find(address => address.includes('/ip4/127.0.0.1/tcp/')) ?? '',
    run,
    async runInto(path, ...args) {
      const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
      await pipeline(child.stdout, createWriteStream(path))
    },
    [Symbol.asyncDispose]: () => daemon.kill(),
  }
}

/** Kubo as a system of the scenario `ipfs`. */
export async function startKubo(role: 'seed' | 'fetch', file: string, work: WorkFolder): Promise<IpfsNode> {
  const kubo = await runKubo(await work.folder('kubo'))
  const add = [
    'add',
    '--quieter',
    '--cid-version=1',
    '--raw-leaves',
    '--chunker=size-1048576',
    '--max-file-links=1024',
  ]
  const root = role === 'seed' ? await kubo.run(...add, file) : ''
  return {
    pid: kubo.pid,
    at: `${kubo.address} ${root}`,
    async fetch(from) {
      const [address = '', name = ''] = from.split(' ')
      await kubo.run('swarm', 'connect', address)
      await kubo.run('refs', '--recursive', name)
      return undefined
    },
    [Symbol.asyncDispose]: () => kubo[Symbol.asyncDispose](),
  }
}
