import { PeerageError, type Random, type ValueOperation, z } from '../../../base/index.ts'
import type { Reach } from '../reach.ts'
import { type Facts, factsOf } from './facts.ts'

/** What this program can do about a finding by itself. */
export type RemedyName =
  | 'listen'
  | 'port-mapping'
  | 'another-port'
  | 'use-relays'
  | 'punching'
  | 'finders'
  | 'more-room'
  | 'restart'

interface Change {
  readonly key: string
  readonly value: unknown
}

/** Ports for anybody that most systems do not give to connections of their own (RFC 6335 section 6, and Linux). */
const ports = { from: 20_000, count: 12_000 }

const remedies: Readonly<Record<RemedyName, (facts: Facts, random: Random) => readonly Change[]>> = {
  listen: () => [{ key: 'network.hosts', value: ['0.0.0.0', '::'] }],
  'port-mapping': () => [{ key: 'network.portMapping', value: true }],
  'another-port': (_, random) => [
    { key: 'network.port', value: ports.from + Math.floor(random.fraction() * ports.count) },
  ],
  'use-relays': () => [{ key: 'relay.use', value: 'auto' }],
  punching: () => [{ key: 'network.punch', value: true }],
  finders: () => [
    { key: 'kademlia.enabled', value: true },
    { key: 'network.mdns', value: true },
  ],
  'more-room': ({ settings }) =>
    roomKeys.flatMap(key => {
      const value = settings[key]
      return typeof value === 'number' ? [{ key, value: 2 * value }] : []
    }),
  restart: () => [],
}

/** Bounds that others can fill. */
export const roomKeys = ['network.maxConnections', 'network.maxRawConnections', 'network.maxStreams'] as const

export interface Remedied {
  readonly remedy: RemedyName
  readonly changed: readonly (Change & { readonly needsRestart: boolean })[]
  /** It holds when the peer is started again (`daemon.restart`). */
  readonly needsRestart: boolean
}

const names = Object.keys(remedies) as [RemedyName, ...RemedyName[]]

export const fix: ValueOperation<Reach, { remedy: RemedyName }, Remedied> = {
  summary: 'Do what `doctor` proposes: change the settings that a finding speaks of',
  input: z.object({ remedy: z.enum(names).describe('As the finding names it') }),
  action: 'write',
  kind: 'value',
  command: { words: 'doctor fix', positional: ['remedy'], example: 'peerage doctor fix port-mapping' },
  async run({ host }, { remedy }) {
    if (host.network === undefined) throw new PeerageError('network.unreachable', 'This peer is offline.')
    const facts = factsOf(host, { verdict: 'unknown', seenAs: [], asked: [] })
    const changed: (Change & { needsRestart: boolean })[] = []
    for (const { key, value } of remedies[remedy](facts, host.world.random))
      changed.push({ key, value, needsRestart: (await host.change(key, value)).needsRestart })
    return {
      remedy,
      changed,
      needsRestart: remedy === 'restart' || changed.some(({ needsRestart }) => needsRestart),
    }
  },
}
