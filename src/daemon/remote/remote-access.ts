import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { networkInterfaces } from 'node:os'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { Config, EventStream } from '../../peer/index.ts'
import type { RemoteDoor, Session } from '../http-guard.ts'
import type { Log } from '../log.ts'
import { loadCertificate, type ServerCertificate } from './certificate.ts'
import type { RemoteConfig } from './config.ts'
import { listenTls, type TlsListener } from './listener.ts'
import { RemotePassword } from './password.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'

export interface RemoteAccessParts {
  readonly home: string
  readonly world: World
  readonly config: Config
  readonly events: EventStream
  readonly log: Log
}

export interface RemoteStatus {
  readonly enabled: boolean
  /** Where the page can be opened; empty unless it listens. */
  readonly urls: readonly string[]
  readonly address: string
  /** On which it listens, else the one that is configured. */
  readonly port: number
  readonly names: readonly string[]
  readonly hasPassword: boolean
  /** Whoever opens the page compares the fingerprint with what the browser shows. `notAfter`: milliseconds since 1970. */
  readonly certificate: Pick<ServerCertificate, 'fingerprint' | 'notAfter' | 'isOwn'> | undefined
  readonly sessions: number
  /** Why it does not listen although it is enabled, or cannot renew its certificate. */
  readonly problem: { readonly code: string; readonly message: string } | undefined
}

/** What may be said of the place when it is switched on. */
export interface RemotePlace {
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly names?: string[] | undefined
}

/** Hands the requests of a server over to the API. */
type Route = (server: HttpServer | HttpsServer) => void

const renewEveryMs = 3_600_000
const graceMs = 1_000
/** `home.example:8443`, `[::1]:8443` */
const hasPort = /[^:]:\d+$/
const wildcards: readonly string[] = ['0.0.0.0', '::']

/** The second way to the API, with TLS and a password, for the owner on another computer. */
export class RemoteAccess implements RemoteDoor {
  readonly #parts: RemoteAccessParts
  readonly #password: RemotePassword
  readonly #sessions: Sessions
  readonly #signIn: SignIn
  readonly #renewal: Timer
  #route: Route | undefined
  #listener: (TlsListener & { readonly address: string; readonly wanted: number }) | undefined
  #certificate: ServerCertificate | undefined
  #problem: PeerageError | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #isChanging = false

  constructor(parts: RemoteAccessParts) {
    const { home, world, config, log } = parts
    this.#parts = parts
    this.#password = new RemotePassword(home, world.random)
    this.#sessions = new Sessions(world, () => this.#config)
    this.#signIn = new SignIn({
      world,
      config: this.#config,
      password: this.#password,
      sessions: this.#sessions,
      log,
    })
    this.#renewal = world.every(renewEveryMs, () => void this.#apply().catch(() => undefined))
    this.#follow(config)
  }

  get #config(): RemoteConfig {
    return this.#parts.config.section<RemoteConfig>('remote')
  }

  /** Listens from now on whenever it is enabled. A problem keeps nothing else from running. */
  async begin(route: Route): Promise<void> {
    this.#route = route
    await this.#apply().catch(() => undefined)
  }

  stop(): void {
    this.#route = undefined
    this.#renewal.cancel()
    this.#sessions.stop()
    this.#listener?.close()
    this.#listener?.destroy()
    this.#listener = undefined
  }

  status(): RemoteStatus {
    const { enabled, address, names, port } = this.#config
    const certificate = this.#certificate
    return {
      enabled,
      urls: this.#listener === undefined ? [] : this.#urls(this.#listener),
      address,
      port: this.#listener?.port ?? port,
      names,
      hasPassword: this.#password.isSet,
      certificate: certificate && {
        fingerprint: certificate.fingerprint,
        notAfter: certificate.notAfter,
        isOwn: certificate.isOwn,
      },
      sessions: this.#sessions.count,
      problem: this.#problem && { code: this.#problem.code, message: this.#problem.message },
    }
  }

  /** Throws `remote.no-password`, `network.port-in-use`, `config.invalid`; it is off then as before. */
  async start(changes: RemotePlace): Promise<RemoteStatus> {
    if (!this.#password.isSet) throw new PeerageError('remote.no-password')
    const { config } = this.#parts
    const wasEnabled = this.#config.enabled
    await this.#changing(async () => {
      for (const [name, value] of Object.entries(changes))
        if (value !== undefined) await config.set(`remote.${name}`, value)
      await config.set('remote.enabled', true)
    })
    try {
      await this.#apply()
    } catch (error) {
      if (!wasEnabled) await config.set('remote.enabled', false)
      throw error
    }
    return this.status()
  }

  async turnOff(): Promise<RemoteStatus> {
    await this.#parts.config.set('remote.enabled', false)
    return this.status()
  }

  /** Whoever is signed in has to sign in again. */
  async setPassword(password: string): Promise<RemoteStatus> {
    await this.#password.set(password)
    this.#sessions.endAll()
    this.#parts.log.info({ room: 'remote' }, 'password changed')
    await this.#apply().catch(() => undefined)
    return this.status()
  }

  signOutAll(): RemoteStatus {
    this.#sessions.endAll()
    return this.status()
  }

  hosts(request: IncomingMessage): readonly string[] {
    const port = this.#listener?.port
    const local = request.socket.localAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? ''
    return [bracketed(local), ...this.#config.names].flatMap(name => {
      if (hasPort.test(name)) return [name]
      return port === 443 ? [name, `${name}:443`] : [`${name}:${port}`]
    })
  }

  session(request: IncomingMessage, key: string | undefined): Session | undefined {
    return key === undefined ? undefined : this.#sessions.use(key, request.socket)
  }

  /** Throws `remote.password-wrong`, `remote.attempts`. */
  signIn(request: IncomingMessage, password: string): Promise<string> {
    return this.#signIn.signIn(request.socket.remoteAddress ?? '', password)
  }

  signOut(key: string): void {
    this.#sessions.end(key)
  }

  #follow(config: Config): void {
    const apply = (): Promise<void> | undefined =>
      this.#isChanging ? undefined : this.#apply().catch(() => undefined)
    config.onChange('remote.enabled', {
      verify: value => {
        if (value === true && !this.#password.isSet) throw new PeerageError('remote.no-password')
      },
      apply,
    })
    for (const name of ['address', 'port', 'names', 'certificate', 'key'])
      config.onChange(`remote.${name}`, { apply })
    // Asked for whenever they are needed.
    for (const name of ['maxSessions', 'sessionIdleMs', 'sessionMaxMs'])
      config.onChange(`remote.${name}`, { apply: () => undefined })
  }

  async #changing(change: () => Promise<void>): Promise<void> {
    this.#isChanging = true
    try {
      await change()
    } finally {
      this.#isChanging = false
    }
  }

  /** Makes it be as configured, one change after the other. Rejects with what is then the problem. */
  #apply(): Promise<void> {
    const applied = this.#turn.then(() => this.#listenAsConfigured())
    this.#turn = applied.catch(() => undefined)
    return applied
  }

  async #listenAsConfigured(): Promise<void> {
    const { enabled } = this.#config
    try {
      this.#problem = undefined
      if (this.#route === undefined) return
      if (!enabled) return this.#close()
      if (!this.#password.isSet) throw new PeerageError('remote.no-password')
      await this.#listen(this.#route)
    } catch (error) {
      this.#tell(error)
      throw error
    }
  }

  async #listen(route: Route): Promise<void> {
    const { home, world } = this.#parts
    const config = this.#config
    const certificate = await loadCertificate({ home, world, config, addresses: ownAddresses() })
    const before = this.#listener
    if (before?.address === config.address && before.wanted === config.port) {
      if (certificate.certificate !== this.#certificate?.certificate) before.renew(certificate)
      this.#certificate = certificate
      return
    }
    this.#close()
    const listener = await listenTls(config, certificate, route)
    this.#certificate = certificate
    this.#listener = { ...listener, address: config.address, wanted: config.port }
    this.#parts.log.info({ room: 'remote', address: config.address, port: listener.port }, 'listening')
  }

  #close(): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#certificate = undefined
    listener?.close()
    this.#sessions.endAll()
    // The answer to what switched it off should still arrive.
    if (listener !== undefined) this.#parts.world.after(graceMs, () => listener.destroy())
  }

  #tell(error: unknown): void {
    const { log, events } = this.#parts
    const told =
      error instanceof PeerageError ? error : new PeerageError('internal.bug', undefined, { cause: error })
    this.#problem = told
    log.error({ room: 'remote', error }, 'Remote access does not work.')
    events.emit({ type: 'error.occurred', code: told.code, message: told.message })
  }

  #urls({ address, port }: { readonly address: string; readonly port: number }): string[] {
    const own = wildcards.includes(address) ? ownAddresses(address) : [address]
    const suffix = port === 443 ? '' : `:${port}`
    return [...this.#config.names, ...own.map(bracketed)].map(
      name => `https://${name}${hasPort.test(name) ? '' : suffix}`,
    )
  }
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** Addresses of this computer by which others can reach it. */
function ownAddresses(listening = '::'): string[] {
  return Object.values(networkInterfaces())
    .flatMap(all => all ?? [])
    .filter(({ internal, family, address }) => !internal && (family === 'IPv4' || !/^fe80/i.test(address)))
    .filter(({ family }) => listening === '::' || family === 'IPv4')
    .map(({ address }) => address)
}
