import type { ConnectionInfo, Path } from '../../network/index.ts'
import { askedTooOften, askToDialBack, DialBackAnswerer, dialBackProtocol } from './dial-back.ts'
import type { ReachHost } from './host.ts'
import { type DialBackRow, judge, type PortReport } from './port-report.ts'
import { relayPolicy } from './relay-policy.ts'

/** So many peers are asked for one test. */
const askedAtMost = 3
/** What a peer found counts for so long while it will not try again, in ms. */
const countsMs = 300_000
/** Who is outside our own networks can tell most. */
const tellsMost: readonly Path[] = ['direct', 'lan', 'loopback']

/** Whom this peer talks to, and how others reach it. */
export class Reach {
  readonly host: ReachHost
  /** What peers found that were asked lately. */
  #found: readonly DialBackRow[] = []

  constructor(host: ReachHost) {
    this.host = host
  }

  /** Answers peers that want to know whether they can be reached. */
  start(): void {
    const { network, config, world, access } = this.host
    network?.relay.setPolicy(relayPolicy(this.host))
    if (network === undefined || !config.dialBack) return
    const resource = 'service:dial-back'
    access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
    const answerer = new DialBackAnswerer({
      world,
      network,
      perMinute: config.dialBacksPerMinute,
      mayAsk: peer => access.check({ subject: { peer }, action: 'use', resource }).allowed,
    })
    network.handle(dialBackProtocol, stream => answerer.answer(stream))
  }

  stop(): void {
    const { network, config } = this.host
    if (config.dialBack) network?.unhandle(dialBackProtocol)
  }

  async port(signal: AbortSignal): Promise<PortReport> {
    const { network } = this.host
    if (network === undefined) return { verdict: 'unknown', seenAs: [], asked: [] }
    const asked = await this.#ask(signal)
    const { port, reachability } = network
    const { inbound, seenAs } = reachability
    return {
      ...(port !== undefined && { port }),
      verdict: judge(inbound, asked),
      ...(inbound !== undefined && { inbound }),
      seenAs,
      asked,
    }
  }

  /** One after the other, until one from outside has come through. */
  async #ask(signal: AbortSignal): Promise<DialBackRow[]> {
    const { network, world } = this.host
    const rows: DialBackRow[] = []
    for (const { peer, path } of candidates(network?.connections() ?? [])) {
      const answer = await askToDialBack({ network: network!, world }, { peer, path }, signal)
      const row = answer.problem === askedTooOften ? (this.#lately(peer) ?? answer) : answer
      rows.push(row)
      if (rows.length >= askedAtMost || (path === 'direct' && row.tcp)) break
    }
    this.#found = [...rows.filter(({ at }) => at !== undefined), ...this.#found].slice(0, 4 * askedAtMost)
    return rows
  }

  #lately(peer: string): DialBackRow | undefined {
    const since = this.host.world.wallTime() - countsMs
    return this.#found.find(row => row.peer === peer && (row.at ?? 0) >= since)
  }
}

/** Peers that are connected, each once, those that can tell most first. */
function candidates(connections: readonly ConnectionInfo[]): ConnectionInfo[] {
  const byPeer = new Map<string, ConnectionInfo>()
  for (const one of connections)
    if (tellsMost.includes(one.path) && !byPeer.has(one.peer)) byPeer.set(one.peer, one)
  return [...byPeer.values()].sort((a, b) => tellsMost.indexOf(a.path) - tellsMost.indexOf(b.path))
}
