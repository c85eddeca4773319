import type { Socket as UdpSocket } from 'node:dgram'
import { isIP, type Socket } from 'node:net'
import { systemWorld, type Timer, type World } from '../../base/index.ts'
import { isLoopbackIp } from '../path.ts'
import { socketCarrier, socksCarrier } from './carriers.ts'
import type { DnsTexts } from './dns-question.ts'
import { type Door, freePort, HeldDoor, openDoor } from './door.ts'
import { EgressDatagrams } from './egress-datagrams.ts'
import { egressDown, HeldInterface } from './held-interface.ts'
import { heldSockets } from './held-sockets.ts'
import { holdSocket, libc } from './libc.ts'
import { type Link, machineLinks } from './machine-links.ts'
import { nameClient, systemNameServers, textClient } from './name-client.ts'
import { plainSockets } from './plain-sockets.ts'
import { type ProxyTrial, tryProxy } from './proxy-trial.ts'
import { lookUp, lookUpLocally, lookUpTexts, type Resolve } from './resolve.ts'
import type { Sockets, TcpTarget, UdpPlace } from './sockets.ts'
import type { SocksAddress } from './socks-message.ts'
import { parseProxy, proxyText, SocksProxy } from './socks-proxy.ts'
import { StandIns } from './stand-ins.ts'
import type { WayOut } from './way-out.ts'

export interface EgressOptions {
  /** No question for a name leaves the local networks. */
  readonly lanOnly: boolean
  /** Name of the interface, or an address on it, that everything leaves through; empty: any. */
  readonly interface?: string
  /** `socks5://[user:password@]host:port`; empty: none. */
  readonly proxy?: string
  /** IP addresses of name servers; empty: those of the system. */
  readonly nameServers?: readonly string[]
  readonly world?: World
}

/** How this peer leaves the machine, as plain data. */
export interface EgressState {
  /** False: nothing leaves now. */
  readonly isUp: boolean
  /** What is wrong, for a person. */
  readonly problem?: string
  readonly interface?: {
    /** As configured: a name or an address. */
    readonly wanted: string
    /** Its name; absent while it is not there. */
    readonly name?: string
    readonly addresses: readonly string[]
  }
  readonly proxy?: {
    /** host:port */
    readonly address: string
    /** Absent until it was asked. */
    readonly answers?: boolean
    /** Whether it passes datagrams on; absent until it was asked. Without: no Mainline DHT, no uTP, no UDP trackers. */
    readonly udp?: boolean
    readonly udpProblem?: string
  }
}

const checkMs = 1_000
/** How long a socket outlives its connection. */
const lingerMs = 30_000
/** Sockets that wait for the interface to come back; more are closed. */
const maxLingering = 1_024

/** The one way out of this program, and in: every socket that leads to another machine is made here. Throws `config.invalid`. */
export class Egress implements WayOut {
  readonly resolve: Resolve
  /**
   * The texts under a name (TXT records). Undefined: there is nobody who may be asked, with `lanOnly`, or with a proxy and no name server.
   * Rejects with `network.unreachable` or the resolver's error.
   */
  readonly texts: ((host: string) => Promise<DnsTexts>) | undefined
  /** True: a name goes to the proxy as it is, which looks it up. */
  readonly passesNames: boolean
  /** True: sockets leave whichever way the system's routes say. */
  readonly isDirect: boolean
  /** True: nothing listens for datagrams and multicast is not used. */
  readonly isProxied: boolean
  readonly #world: World
  readonly #sockets: Sockets
  readonly #held: HeldInterface | undefined
  readonly #proxy: SocksProxy | undefined
  readonly #proxyAddress: string
  readonly #standIns = new StandIns()
  readonly #doors = new Set<HeldDoor>()
  readonly #listeners = new Set<() => void>()
  #datagrams: EgressDatagrams | undefined
  #timer: Timer | undefined
  #seen = ''
  /** What the interface was when it was last there. */
  #place = ''
  /** Connections over the interface: they end when it comes back as another. */
  readonly #over = new Set<Socket>()
  readonly #closing = new AbortController()
  readonly #lingering = new Map<{ close(): void }, Timer>()
  readonly #nameServers: readonly string[]
  #proxyState: { answers?: boolean; problem?: string; udp?: boolean; udpProblem?: string } = {}

  constructor({ lanOnly, proxy = '', nameServers = [], world = systemWorld, ...rest }: EgressOptions) {
    this.#world = world
    this.#nameServers = nameServers
    this.#held = rest.interface ? new HeldInterface(rest.interface) : undefined
    if (this.#held !== undefined) libc()
    this.#sockets =
      this.#held === undefined ? plainSockets : heldSockets(this.#held, socket => this.#keep(socket))
    const address = proxy === '' ? undefined : parseProxy(proxy)
    this.#proxyAddress = address === undefined ? '' : proxyText(address)
    this.isProxied = address !== undefined
    this.isDirect = this.#held === undefined && address === undefined
    this.#proxy =
      address &&
      new SocksProxy({
        address,
        world,
        dial: (target, signal) => this.#dialPast(target, signal),
        onState: problem => this.#proxyIs({ answers: problem === undefined, problem }),
      })
    const servers = (): readonly string[] => (nameServers.length > 0 ? nameServers : systemNameServers())
    const client = {
      servers,
      dial: (target: TcpTarget, signal: AbortSignal) => this.dial(target, signal),
      world,
    }
    const names = nameClient(client)
    const hasServers = nameServers.length > 0
    if (!lanOnly && this.isDirect && !hasServers) this.texts = lookUpTexts
    else this.texts = lanOnly || (this.isProxied && !hasServers) ? undefined : textClient(client)
    this.passesNames = this.isProxied && !hasServers && !lanOnly
    if (lanOnly)
      this.resolve = this.isDirect ? lookUpLocally : async (host, family) => await localOnly(host, family)
    else if (this.isDirect) this.resolve = lookUp
    else this.resolve = this.passesNames ? this.#standIns.resolve : names
  }

  async dial(target: TcpTarget, signal: AbortSignal): Promise<Socket> {
    if (this.isDirect) return await connected(() => this.#sockets.connect(target), signal)
    if (this.#proxy !== undefined) {
      const host = this.#standIns.meant(target.host)
      if (host === undefined) throw egressDown('That name was looked up too long ago.')
      return await this.#proxy.connect({ host, port: target.port }, signal)
    }
    if (isIP(target.host.split('%')[0]!) !== 0)
      return await connected(() => this.#sockets.connect(target), signal)
    const [found] = await this.resolve(target.host, target.family)
    if (found === undefined) throw egressDown(`The name ${target.host} has no address.`)
    return await connected(() => this.#sockets.connect({ ...target, host: found.address }), signal)
  }

  /** Listens on an address of this machine; `onSocket` gets what comes. Rejects with the system's error. */
  async listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Door> {
    if (this.#held === undefined) return await openDoor(this.#sockets, { host, port }, onSocket)
    const place = { host, port: port === 0 ? await freePort() : port }
    const door = new HeldDoor(this.#held, this.#sockets, place, socket => {
      this.#keep(socket)
      onSocket(socket)
    })
    await door.follow()
    this.#doors.add(door)
    return {
      port: door.port,
      get host() {
        return door.host
      },
      close: () => {
        this.#doors.delete(door)
        return door.close()
      },
      reopen: () => void door.follow().catch(() => {}),
    }
  }

  /** A UDP socket, bound. Rejects with the system's error or `network.egress-down`, and always when there is a proxy. */
  async udp(place: UdpPlace): Promise<UdpSocket> {
    if (this.isProxied) throw egressDown('Datagrams leave through network.proxy only.')
    return await this.#sockets.udp(place)
  }

  /** Datagrams where they do not leave as the system likes; once. `port` counts where there is no proxy. */
  async openDatagrams(port: number, mayReach: (ip: string) => boolean): Promise<EgressDatagrams> {
    const proxy = this.#proxy
    const datagrams = new EgressDatagrams({
      world: this.#world,
      port: proxy === undefined ? port : 0,
      mayReach,
      open: (onDatagram, onEnd) =>
        proxy === undefined
          ? socketCarrier(this.#sockets, port, onDatagram)
          : socksCarrier(
              {
                proxy,
                signal: this.#closing.signal,
                socketsTo: ip => this.#socketsTo(ip),
                meant: address => this.#standIns.meant(address),
                onState: problem => this.#proxyIs({ udp: problem === undefined, udpProblem: problem }),
              },
              onDatagram,
              onEnd,
            ),
    })
    this.#datagrams = datagrams
    // A proxy may take its time, and nobody needs to wait for it.
    const opened = datagrams.reopen()
    if (proxy === undefined) await opened
    return datagrams
  }

  /** The interfaces that multicast may use. */
  links(): Link[] {
    if (this.isProxied) return []
    if (this.#held === undefined) return machineLinks()
    const place = this.#held.now()
    return ([4, 6] as const).flatMap(family => {
      const ip = place?.ips[family]
      return place === undefined || ip === undefined ? [] : [{ name: place.device, family, ips: [ip] }]
    })
  }

  /**
   * Asks a proxy, that need not be the one in use, for all that it is needed for, a connection to `far` included. Throws `config.invalid` and
   * `signal.reason`.
   */
  async tryProxy(proxy: string, signal: AbortSignal, far?: SocksAddress): Promise<ProxyTrial> {
    return await tryProxy(
      {
        address: parseProxy(proxy),
        far,
        nameServers: this.#nameServers,
        world: this.#world,
        dial: (target, either) => this.#dialPast(target, either),
      },
      signal,
    )
  }

  get state(): EgressState {
    const held = this.#held
    const place = held?.now()
    const { answers, udp, udpProblem, problem: proxyProblem } = this.#proxyState
    const problem = held !== undefined && place === undefined ? held.message() : proxyProblem
    return {
      isUp: problem === undefined,
      ...(problem !== undefined && { problem }),
      ...(held && {
        interface: {
          wanted: held.wish,
          ...(place && { name: place.device }),
          addresses: Object.values(place?.ips ?? {}),
        },
      }),
      ...(this.isProxied && {
        proxy: {
          address: this.#proxyAddress,
          ...(answers !== undefined && { answers }),
          ...(udp !== undefined && { udp }),
          ...(udpProblem !== undefined && { udpProblem }),
        },
      }),
    }
  }

  /** Calls back when the way out has come, gone or moved; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Throws `network.egress-down` while the interface is not there. */
  check(): void {
    this.#held?.require()
  }

  /** Begins to follow the interface. */
  watch(): void {
    if (this.#held === undefined) return
    this.#seen = this.#place = JSON.stringify(this.#held.now()) ?? ''
    this.#timer = this.#world.every(checkMs, () => void this.#check())
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The network stops.'))
    this.#timer?.cancel()
    this.#listeners.clear()
    for (const [hold, timer] of this.#lingering) {
      timer.cancel()
      hold.close()
    }
    this.#lingering.clear()
    await this.#datagrams?.close()
  }

  async #check(): Promise<void> {
    const seen = JSON.stringify(this.#held?.now()) ?? ''
    if (seen === this.#seen) return
    this.#seen = seen
    if (seen !== '' && seen !== this.#place) {
      this.#place = seen
      for (const socket of this.#over) socket.destroy(egressDown('The network interface has changed.'))
    }
    // A door that cannot open now (the port is taken) tries again when the interface moves next.
    await Promise.allSettled([...this.#doors].map(door => door.follow()))
    await this.#datagrams?.reopen()
    this.#tell()
  }

  /**
   * What comes for a connection that is gone is answered by the kernel, over whichever route it likes. So the socket stays for a while after
   * its connection, until the other side has heard the goodbye.
   */
  #keep(socket: Socket): void {
    this.#over.add(socket)
    const hold = holdSocket(fdOf(socket))
    socket.once('close', () => {
      this.#over.delete(socket)
      if (hold === undefined) return
      hold.sayGoodbye()
      this.#letGo(hold)
    })
  }

  /** While the interface is down the other side hears nothing, and will go on when it is back. */
  #letGo(hold: { close(): void }): void {
    if (this.#closing.signal.aborted) {
      hold.close()
      return
    }
    const timer = this.#world.after(lingerMs, () => {
      if (this.#held?.now() === undefined && this.#lingering.size <= maxLingering) return this.#letGo(hold)
      this.#lingering.delete(hold)
      hold.close()
    })
    this.#lingering.set(hold, timer)
  }

  /** Connects without the proxy: to the proxy itself. */
  async #dialPast(target: TcpTarget, signal: AbortSignal): Promise<Socket> {
    return await connected(() => this.#socketsTo(target.host).connect(target), signal)
  }

  /** What leads to a proxy: on this machine it is not reached over an interface. */
  #socketsTo(host: string): Sockets {
    return isLoopbackIp(host) || host === 'localhost' ? plainSockets : this.#sockets
  }

  #proxyIs(news: {
    answers?: boolean
    problem?: string | undefined
    udp?: boolean
    udpProblem?: string | undefined
  }): void {
    const before = JSON.stringify(this.state)
    this.#proxyState = Object.fromEntries(
      Object.entries({ ...this.#proxyState, ...news }).filter(([, value]) => value !== undefined),
    )
    if (JSON.stringify(this.state) !== before) this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Without a way to ask the local networks only, no name is looked up. */
const localOnly: Resolve = async (host, family) => {
  const kind = isIP(host)
  if (kind === 0)
    throw egressDown(
      `${host} is not looked up: network.lanOnly together with network.interface or network.proxy.`,
    )
  return family === 0 || family === kind ? [{ address: host, family: kind }] : []
}

/** Its file descriptor; -1 where Node.js does not tell. */
function fdOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  return typeof fd === 'number' ? fd : -1
}

/** Waits until it stands. Rejects with the socket's error or `signal.reason`. */
function connected(begin: () => Socket, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = begin()
  const onAbort = (): void => {
    socket.destroy()
    reject(signal.reason)
  }
  socket.once('connect', () => resolve(socket))
  socket.on('error', reject)
  signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}
