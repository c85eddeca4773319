import { PeerageError, systemWorld, type World } from '../base/index.ts'
import {
  type Caller,
  type CallOptions,
  Config,
  type ConfigSections,
  configService,
  type EventStream,
  type OperationDescription,
  OperationRegistry,
} from '../peer/index.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { connectDaemon } from './client.ts'
import { type DaemonConfig, daemonConfig } from './config.ts'
import { daemonService } from './daemon-service.ts'
import {
  type DaemonInfo,
  loadToken,
  prepareSocket,
  readDaemonInfo,
  removeDaemonInfo,
  socketPath,
  writeDaemonInfo,
} from './home-files.ts'
import { type HomeLock, lockHome } from './home-lock.ts'
import type { HostedPeer, PeerFactory } from './host-peer.ts'
import { openLog } from './log.ts'
import { readVersion } from './version.ts'

export interface DaemonOptions {
  readonly home: string
  /** Configuration values by key that win over file and environment. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Only the store: no network, and no API unless asked for. */
  readonly offline?: boolean
  /** Whether other processes can use this peer: API on loopback and socket. On unless offline. */
  readonly api?: boolean
  readonly createPeer: PeerFactory
  /** Schemas of the configuration of the rooms below; `daemon` is added. */
  readonly sections: ConfigSections
  readonly world?: World
}

/** A peer that runs in this process, together with the lock on its home and the API for other processes. */
export interface Daemon extends Caller {
  readonly peer: HostedPeer
  readonly config: Config
  readonly events: EventStream
  /** Absent without API. */
  readonly info: DaemonInfo | undefined
  readonly token: string
  /** Settles when it has stopped, for whatever reason. */
  readonly stopped: Promise<void>
  /** Stops in good order within `daemon.stopTimeoutMs`; true when all of it was in good order. */
  stop(): Promise<boolean>
}

/**
 * Runs a peer on a home. Throws `daemon.running` when another process does, `network.port-in-use`, `config.invalid` and what
 * the peer's own start throws; nothing is left behind then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const lock = await takeLock(options.home)
  const undo: (() => unknown)[] = [() => lock.release()]
  try {
    return await run(options, undo)
  } catch (error) {
    for (const step of undo.reverse()) await step()
    throw error
  }
}

/** Short commands hold the lock for a moment only, so it is worth asking again before giving up. */
async function takeLock(home: string): Promise<HomeLock> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const lock = lockHome(home)
    if (lock !== undefined) return lock
    if ((await connectDaemon(home)) !== undefined) break
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const pid = readDaemonInfo(home)?.pid
  throw new PeerageError(
    'daemon.running',
    `Another Peerage${pid ? ` (process ${pid})` : ''} already uses ${home}.`,
    {
      details: { home, pid },
    },
  )
}

async function run(options: DaemonOptions, undo: (() => unknown)[]): Promise<Daemon> {
  const { home, offline = false, world = systemWorld } = options
  const config = await Config.load({
    home,
    sections: { ...options.sections, daemon: daemonConfig },
    environment: options.environment ?? process.env,
    ...(options.flags === undefined ? {} : { flags: options.flags }),
  })
  const settings = config.section<DaemonConfig>('daemon')
  const { log, close } = openLog(home, settings)
  undo.push(close)
  const token = loadToken(home, length => world.random.bytes(length))
  const peer = await options.createPeer({ home, config, world, offline, log })
  undo.push(() => peer.stop())
  const startedAt = world.wallTime()
  const registry = new OperationRegistry(peer.check ?? ownerOnly)
  let info: DaemonInfo | undefined
  const ending = new Ending(settings.stopTimeoutMs, undo)
  const version = readVersion()
  for (const service of peer.services) registry.register(service)
  registry.register(configService({ config, events: peer.events }))
  registry.register(
    daemonService({
      peer,
      home,
      version,
      startedAt,
      caller: registry,
      info: () => info,
      stop: () => void ending.stop(),
    }),
  )
  config.onChange('daemon.logLevel', {
    apply: level => {
      log.level = level as string
    },
  })
  if (options.api ?? !offline) {
    const server = await serve({
      home,
      registry,
      peer,
      token,
      version,
      config,
      undo,
      log: error => log.error({ error }),
    })
    info = { pid: process.pid, version, startedAt, url: server.url, socket: socketPath(home) }
    writeDaemonInfo(home, info)
    undo.push(() => removeDaemonInfo(home))
    log.info({ version, peerId: peer.peerId, url: server.url }, 'started')
  }
  return {
    peer,
    config,
    events: peer.events,
    info,
    token,
    stopped: ending.stopped,
    stop: () => ending.stop(),
    call: (name: string, input: unknown, o: CallOptions) => registry.call(name, input, o),
    describe: (): readonly OperationDescription[] => registry.describe(),
  }
}

const ownerOnly = ({ subject }: { subject: unknown }): { allowed: boolean; reason: string } => ({
  allowed: subject === 'owner',
  reason: 'only the owner of this peer may use its API.',
})

interface ServeOptions {
  readonly home: string
  readonly registry: OperationRegistry
  readonly peer: HostedPeer
  readonly token: string
  readonly version: string
  readonly config: Config
  readonly undo: (() => unknown)[]
  readonly log: (error: PeerageError) => void
}

async function serve({
  home,
  registry,
  peer,
  token,
  version,
  config,
  undo,
  log,
}: ServeOptions): Promise<ApiServer> {
  const socket = socketPath(home)
  prepareSocket(socket, home)
  const server = await startApiServer({
    caller: registry,
    events: peer.events,
    token,
    version,
    socket,
    config: config.section<DaemonConfig>('daemon'),
    orAnyPort: config.entry('daemon.apiPort').source === 'default',
    failed: log,
  })
  undo.push(() => server.close())
  return server
}

/** Takes everything down once, last things first, within a bound. */
class Ending {
  readonly stopped: Promise<void>
  readonly #timeoutMs: number
  readonly #undo: (() => unknown)[]
  #done: () => void = () => undefined
  #running: Promise<boolean> | undefined

  constructor(timeoutMs: number, undo: (() => unknown)[]) {
    this.#timeoutMs = timeoutMs
    this.#undo = undo
    this.stopped = new Promise(resolve => {
      this.#done = resolve
    })
  }

  stop(): Promise<boolean> {
    this.#running ??= this.#stop().finally(() => this.#done())
    return this.#running
  }

  async #stop(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, this.#timeoutMs, false)
    })
    const inOrder = await Promise.race([this.#all(), late])
    clearTimeout(timer)
    return inOrder
  }

  async #all(): Promise<boolean> {
    let inOrder = true
    for (const step of this.#undo.splice(0).reverse()) {
      try {
        await step()
      } catch {
        // The rest must still be taken down.
        inOrder = false
      }
    }
    return inOrder
  }
}
