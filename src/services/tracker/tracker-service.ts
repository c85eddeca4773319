import type { Socket } from 'node:net'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { isLoopbackIp, type Network } from '../../network/index.ts'
import type { TrackerConfig } from './config.ts'
import { HttpConnection, isTrackerRequest } from './http-connection.ts'
import { Tracker, type TrackerCounts } from './tracker.ts'

/** What the service needs of the peer that it runs in. */
export interface TrackerHost {
  readonly world: World
  /** Absent when the peer is offline. */
  readonly network?: Network | undefined
  readonly config: TrackerConfig
  /** Whether this peer has that content (20 bytes) on the public network. */
  isOwn(infoHash: Uint8Array): boolean
  /** Keeps `tracker.enabled` in the configuration, which calls `TrackerService.enable`. */
  keepEnabled(enabled: boolean): Promise<void>
}

export interface TrackerStatus extends TrackerCounts {
  readonly running: boolean
  /** Where others can announce. On this machine only when it has no other address. */
  readonly urls: readonly string[]
}

const nothing: TrackerCounts = { contents: 0, peers: 0, announces: 0, scrapes: 0, refused: 0 }
const expireMs = 60_000

/** The tracker of this peer: on its TCP port and on its UDP port, while it is enabled. */
export class TrackerService {
  readonly host: TrackerHost
  readonly #sockets = new Set<Socket>()
  #tracker: Tracker | undefined
  #unclaim: (() => void)[] = []
  #timer: Timer | undefined

  constructor(host: TrackerHost) {
    this.host = host
    this.enable(host.config.enabled)
  }

  enable(enabled: boolean): void {
    if (enabled && this.#tracker === undefined) this.#start()
    else if (!enabled) this.stop()
  }

  /** Throws `network.unreachable` when this peer does not listen. */
  async setEnabled(enabled: boolean): Promise<TrackerStatus> {
    if (enabled && this.host.network !== undefined && this.host.network.port === undefined)
      throw new PeerageError(
        'network.unreachable',
        'This peer listens on no port, so it cannot be a tracker.',
      )
    await this.host.keepEnabled(enabled)
    return this.status()
  }

  status(): TrackerStatus {
    return {
      running: this.#tracker !== undefined,
      urls: this.#tracker === undefined ? [] : this.#urls(),
      ...(this.#tracker?.counts() ?? nothing),
    }
  }

  /** For each address of this peer one over HTTP and one over UDP. */
  #urls(): string[] {
    const { network } = this.host
    const own = network?.addresses().filter(address => !address.includes('/p2p-circuit'))
    const ips = [...new Set(own?.map(address => address.split('/')[2] ?? ''))]
    const far = ips.filter(ip => !isLoopbackIp(ip))
    return (far.length > 0 ? far : ips).flatMap(ip => {
      const host = `${ip.includes(':') ? `[${ip}]` : ip}:${network?.port}`
      return [`http://${host}/announce`, ...(network?.datagrams ? [`udp://${host}/announce`] : [])]
    })
  }

  stop(): void {
    for (const unclaim of this.#unclaim.splice(0)) unclaim()
    this.#timer?.cancel()
    for (const socket of this.#sockets) socket.destroy()
    this.#tracker = undefined
  }

  #start(): void {
    const { world, network, config, isOwn } = this.host
    if (network?.port === undefined) return
    const tracker = new Tracker({ world, config, isOwn })
    this.#tracker = tracker
    this.#timer = world.every(expireMs, () => tracker.swarms.expire())
    const receive = (socket: Socket, head: Uint8Array): void => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      new HttpConnection(socket, head, { world, config, tracker })
    }
    this.#unclaim.push(network.claim({ name: 'tracker', matches: isTrackerRequest, receive }))
    const { datagrams } = network
    if (datagrams === undefined) return
    this.#unclaim.push(
      datagrams.claim({
        name: 'tracker',
        matches: bytes => Tracker.isRequest(bytes),
        receive: (bytes, from) => {
          if (!network.mayReach(from.address)) return
          const answer = tracker.answerUdp(bytes, from)
          if (answer !== undefined) datagrams.send(answer, from)
        },
      }),
    )
  }
}
