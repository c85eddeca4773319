import { PeerageError, systemWorld, type World } from '../base/index.ts'
import {
  type AccessCheck,
  type Caller,
  type CallOptions,
  Config,
  type ConfigSections,
  configService,
  type EventStream,
  type OperationDescription,
  OperationRegistry,
} from '../peer/index.ts'
import type { GatewayListener } from '../services/gateway/index.ts'
import { startApiServer } from './api-server.ts'
import { connectDaemon } from './client.ts'
import { type DaemonConfig, daemonConfig } from './config.ts'
import { daemonService } from './daemon-service.ts'
import { Ending, takeDown } from './ending.ts'
import { listenForGateway } from './gateway-server.ts'
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
import { type Log, openLog } from './log.ts'
import { logFacts } from './log-facts.ts'
import type { LogRing } from './log-ring.ts'
import { logsService } from './logs-service.ts'
import { type PageAddress, PageTickets } from './page-tickets.ts'
import { RemoteAccess, remoteConfig, remoteService } from './remote/index.ts'
import { Uploads } from './uploads.ts'
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
  /** Whoever runs it begins it again when `wantsRestart`; see `daemonRuns`. */
  readonly canRestart?: boolean
  /** The port that the API had in the run before, so that pages that are open find it again. */
  readonly apiPort?: number
  /** See `DaemonStatus.fallback`. */
  readonly fallback?: string
}

/** A peer that runs in this process, together with the lock on its home and the API for other processes. */
export interface Daemon extends Caller {
  readonly peer: HostedPeer
  readonly config: Config
  readonly events: EventStream
  /** Absent without API. */
  readonly info: DaemonInfo | undefined
  readonly token: string
  readonly log: Log
  /** Settles when it has stopped, for whatever reason. */
  readonly stopped: Promise<void>
  /** Somebody asked for it to be begun again (`daemon.restart`) once it has stopped. */
  readonly wantsRestart: boolean
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
    await takeDown(undo)
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

/** What a running daemon is made of. */
interface Parts {
  readonly home: string
  readonly options: DaemonOptions
  readonly world: World
  readonly config: Config
  readonly peer: HostedPeer
  readonly registry: OperationRegistry
  readonly log: Log
  readonly ring: LogRing
  readonly remote: RemoteAccess
  readonly token: string
  readonly version: string
  readonly startedAt: number
  readonly ending: Ending
  readonly tickets: PageTickets
  readonly undo: (() => unknown)[]
  info: DaemonInfo | undefined
  wantsRestart: boolean
}

async function run(options: DaemonOptions, undo: (() => unknown)[]): Promise<Daemon> {
  const { home, offline = false, world = systemWorld } = options
  const config = await loadConfig(options)
  const settings = config.section<DaemonConfig>('daemon')
  const { log, ring, close } = openLog(home, settings)
  undo.push(close)
  const token = loadToken(home, length => world.random.bytes(length))
  const peer = await options.createPeer({ home, config, world, offline, log })
  undo.push(() => peer.stop())
  undo.push(logFacts(peer.events, log))
  const remote = new RemoteAccess({ home, world, config, events: peer.events, log })
  undo.push(() => remote.stop())
  const parts: Parts = {
    home,
    options,
    world,
    remote,
    ring,
    config,
    peer,
    registry: new OperationRegistry(peer.check ?? ownerOnly),
    log,
    token,
    version: readVersion(),
    startedAt: world.wallTime(),
    ending: new Ending(undo, settings.stopTimeoutMs),
    tickets: new PageTickets(() => world.wallTime()),
    undo,
    info: undefined,
    wantsRestart: false,
  }
  registerAll(parts)
  config.onChange('daemon.logLevel', {
    apply: level => {
      log.level = level as string
    },
  })
  if (options.api ?? !offline) {
    await serve(parts)
    await attachGateway(parts)
  }
  return daemonOf(parts)
}

function loadConfig({ home, sections, environment, flags }: DaemonOptions): Promise<Config> {
  return Config.load({
    home,
    sections: { ...sections, daemon: daemonConfig, remote: remoteConfig },
    environment: environment ?? process.env,
    ...(flags === undefined ? {} : { flags }),
  })
}

const ownerOnly: AccessCheck = ({ subject }) => ({
  allowed: subject === 'owner',
  reason: 'only the owner of this peer may use its API.',
})

function registerAll(parts: Parts): void {
  const { registry, peer, config, home, version, startedAt, ending, tickets, options } = parts
  for (const service of peer.services) registry.register(service)
  registry.register(configService({ config, events: peer.events }))
  registry.register(remoteService(parts.remote))
  registry.register(logsService(parts.ring))
  // The answer should be out before its connection is closed.
  const stop = (): void => void setTimeout(() => void ending.stop(), 20)
  const restart = (): void => {
    if (options.canRestart !== true)
      throw new PeerageError('usage.invalid', 'Only a peer that `peerage start` runs can be started again.')
    parts.wantsRestart = true
    stop()
  }
  const info = (): DaemonInfo | undefined => parts.info
  const openPage = (): PageAddress | undefined => parts.info && tickets.give(parts.info.url)
  registry.register(
    daemonService({
      peer,
      home,
      version,
      startedAt,
      caller: registry,
      info,
      openPage,
      stop,
      restart,
      fallback: options.fallback,
    }),
  )
}

/** Opens the API and says in HOME/daemon.json where it is. */
async function serve(parts: Parts): Promise<void> {
  const { home, world, registry, peer, token, version, config, undo, log, startedAt, tickets, remote } = parts
  const socket = socketPath(home)
  prepareSocket(socket, home)
  const downloads = (): string => String(config.entry('files.downloads').value)
  const uploads = new Uploads({ world, home, config: config.section<DaemonConfig>('daemon'), downloads })
  await uploads.start()
  undo.push(() => uploads.stop())
  const settings = config.section<DaemonConfig>('daemon')
  const { apiPort = settings.apiPort } = parts.options
  const { url, route, close } = await startApiServer({
    caller: registry,
    events: peer.events,
    token,
    tickets,
    version,
    socket,
    remote,
    uploads,
    config: { ...settings, apiPort },
    orAnyPort: config.entry('daemon.apiPort').source === 'default',
    failed: error => log.error({ room: 'api', error }),
  })
  undo.push(close)
  await remote.begin(route)
  parts.info = { pid: process.pid, version, startedAt, url, socket }
  writeDaemonInfo(home, parts.info)
  undo.push(() => removeDaemonInfo(home))
  log.info({ room: 'daemon', version, peerId: peer.peerId, url }, 'started')
}

/** A gateway that cannot listen keeps nothing else from running. */
async function attachGateway({ peer, config, log }: Parts): Promise<void> {
  const listener: GatewayListener = options =>
    listenForGateway(options, config.entry('gateway.port').source === 'default')
  await peer.attachGateway?.(listener).catch(error => {
    if (!(error instanceof PeerageError)) throw error
    log.error({ room: 'gateway', error }, 'The gateway did not begin.')
    peer.events.emit({ type: 'error.occurred', code: error.code, message: error.message })
  })
}

function daemonOf(parts: Parts): Daemon {
  const { peer, config, info, token, registry, ending, log } = parts
  return {
    get wantsRestart() {
      return parts.wantsRestart
    },
    peer,
    config,
    events: peer.events,
    info,
    token,
    log,
    stopped: ending.stopped,
    stop: () => ending.stop(),
    call: (name: string, input: unknown, options: CallOptions) => registry.call(name, input, options),
    describe: (): readonly OperationDescription[] => registry.describe(),
  }
}
