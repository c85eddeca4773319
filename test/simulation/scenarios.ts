import { choosePieceLength } from '../../src/content/index.ts'
import { fluidBoundSeconds, type PeerPlan, type Plan } from './simulation.ts'

export interface ScenarioOptions {
  readonly seed: number
  /** Receivers. */
  readonly peers: number
  readonly mebibytes?: number
  readonly pieceLength?: number
}

export interface Scenario {
  readonly summary: string
  readonly peers: number
  plan(options: ScenarioOptions): Plan
  /** Seconds that no schedule can beat. */
  bound?(options: ScenarioOptions): number
}

const mebibyte = 1_048_576
const mbit20 = 2_500_000
const sizeOf = (options: ScenarioOptions, usual: number): number => (options.mebibytes ?? usual) * mebibyte
const pieceOf = (options: ScenarioOptions, size: number): number =>
  options.pieceLength ?? choosePieceLength(size, 1)
const receivers = (count: number, make: (index: number) => Partial<PeerPlan>): PeerPlan[] =>
  Array.from({ length: count }, (_, index) => ({ name: `r${index}`, up: mbit20, ...make(index) }))
const basic = (
  options: ScenarioOptions,
  usual: number,
): Pick<Plan, 'seed' | 'size' | 'pieceLength' | 'rttMs' | 'untilMs'> => {
  const size = sizeOf(options, usual)
  return { seed: options.seed, size, pieceLength: pieceOf(options, size), rttMs: 20, untilMs: 600_000 }
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  swarm: {
    summary: '1 seed and 8 receivers with 20 Mbit/s up each, all at once',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [{ name: 'seed', up: mbit20, has: 'all' }, ...receivers(o.peers, () => ({}))],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  leaving: {
    summary: 'the same, and the seed leaves after 1.1 copies',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all', leaveAfterBytes: 1.1 * sizeOf(o, 32) },
        ...receivers(o.peers, () => ({})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
}
