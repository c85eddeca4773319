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
  heterogeneous: {
    summary: '1 seed, receivers of 4, 20 and 100 Mbit/s up in turn',
    peers: 12,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        ...receivers(o.peers, i => ({ up: [500_000, mbit20, 12_500_000][i % 3]! })),
      ],
    }),
    bound: o => {
      const ups = Array.from({ length: o.peers }, (_, i) => [500_000, mbit20, 12_500_000][i % 3]!)
      return fluidBoundSeconds(sizeOf(o, 32), mbit20, ups)
    },
  },
  'fast-seed': {
    summary: '1 seed of 200 Mbit/s, receivers of 20 Mbit/s',
    peers: 16,
    plan: o => ({
      ...basic(o, 32),
      peers: [{ name: 'seed', up: 10 * mbit20, has: 'all' }, ...receivers(o.peers, () => ({}))],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), 10 * mbit20, new Array(o.peers).fill(mbit20)),
  },
  crowd: {
    summary: '1 seed and 100 receivers, each connected to 25 others, 64 pieces',
    peers: 100,
    plan: o => ({
      ...basic(o, 16),
      pieceLength: o.pieceLength ?? 262_144,
      degree: 25,
      peers: [{ name: 'seed', up: mbit20, has: 'all' }, ...receivers(o.peers, () => ({}))],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 16), mbit20, new Array(o.peers).fill(mbit20)),
  },
  churn: {
    summary:
      'receivers come every half second and leave two seconds after they are complete; the seed leaves at 60 s',
    peers: 40,
    plan: o => ({
      ...basic(o, 16),
      degree: 20,
      peers: [
        { name: 'seed', up: mbit20, has: 'all', leaveAtMs: 60_000 },
        ...receivers(o.peers, i => ({ joinAtMs: i * 500, leaveWhenDoneMs: 2000 })),
      ],
    }),
  },
  late: {
    summary: 'one more receiver comes when the others are at 90 %',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        ...receivers(o.peers, i => (i === o.peers - 1 ? { joinAtMs: 12_500 } : {})),
      ],
    }),
  },
  riders: {
    summary: 'every second receiver gives nothing',
    peers: 16,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        ...receivers(o.peers, i => (i % 2 === 1 ? { manner: 'rider' as const } : {})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(Math.ceil(o.peers / 2)).fill(mbit20)),
  },
  slow: {
    summary: 'one receiver has 200 kbit/s up',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        ...receivers(o.peers, i => (i === 0 ? { up: 25_000 } : {})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  asymmetric: {
    summary: 'receivers with 100 Mbit/s down and 10 Mbit/s up, a seed of 50 Mbit/s',
    peers: 12,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: 6_250_000, has: 'all' },
        ...receivers(o.peers, () => ({ up: 1_250_000, down: 12_500_000 })),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), 6_250_000, new Array(o.peers).fill(1_250_000)),
  },
  stalled: {
    summary: 'one seed sends 10 bytes a second, one sends nothing, one is honest; 4 receivers',
    peers: 4,
    plan: o => ({
      ...basic(o, 16),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        { name: 'trickle', up: 10, has: 'all' },
        { name: 'silent', up: mbit20, has: 'all', manner: 'silent' },
        ...receivers(o.peers, () => ({})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 16), mbit20, new Array(o.peers).fill(mbit20)),
  },
  liars: {
    summary: 'two of the seeds send false bytes',
    peers: 6,
    plan: o => ({
      ...basic(o, 16),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        { name: 'liar1', up: 2 * mbit20, has: 'all', manner: 'liar' },
        { name: 'liar2', up: 2 * mbit20, has: 'all', manner: 'liar' },
        ...receivers(o.peers, () => ({})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 16), mbit20, new Array(o.peers).fill(mbit20)),
  },
  public: {
    summary: 'our seed and 8 receivers that are other programs: blocks of 16 KiB, no suggestions',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [{ name: 'seed', up: mbit20, has: 'all' }, ...receivers(o.peers, () => ({ plain: true }))],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  mixed: {
    summary: 'our seed and 8 receivers, half of them other programs',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all' },
        ...receivers(o.peers, i => (i % 2 === 1 ? { plain: true } : {})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  'public-seed': {
    summary: 'a seed that is another program, and 8 receivers, half of them ours',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all', plain: true },
        ...receivers(o.peers, i => (i % 2 === 1 ? { plain: true } : {})),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  'public-leaving': {
    summary:
      'our seed leaves 8 receivers that are other programs, without the fast extension, after 1.1 copies',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all', leaveAfterBytes: 1.1 * sizeOf(o, 32) },
        ...receivers(o.peers, () => ({ plain: true, fast: false })),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  'super-seed': {
    summary: 'as public-leaving, all with the fast extension, and the seed super-seeds (BEP 16)',
    peers: 8,
    plan: o => ({
      ...basic(o, 32),
      peers: [
        { name: 'seed', up: mbit20, has: 'all', superSeeding: true, leaveAfterBytes: 1.1 * sizeOf(o, 32) },
        ...receivers(o.peers, () => ({ plain: true })),
      ],
    }),
    bound: o => fluidBoundSeconds(sizeOf(o, 32), mbit20, new Array(o.peers).fill(mbit20)),
  },
  single: {
    summary: 'one seed, one receiver, 3.2 Gbit/s, round trip 1 ms',
    peers: 1,
    plan: o => ({
      ...basic(o, 64),
      rttMs: 1,
      peers: [{ name: 'seed', up: 400_000_000, has: 'all' }, ...receivers(1, () => ({ up: 400_000_000 }))],
    }),
    bound: o => sizeOf(o, 64) / 400_000_000,
  },
  long: {
    summary: 'one seed, one receiver, 100 Mbit/s, round trip 300 ms',
    peers: 1,
    plan: o => ({
      ...basic(o, 64),
      rttMs: 300,
      peers: [{ name: 'seed', up: 12_500_000, has: 'all' }, ...receivers(1, () => ({ up: 12_500_000 }))],
    }),
    bound: o => sizeOf(o, 64) / 12_500_000,
  },
}
