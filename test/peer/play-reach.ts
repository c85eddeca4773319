import type { RunningService } from '../../src/base/index.ts'
import { type Finding, type PathReport, reachOperations } from '../../src/services/reach/index.ts'

const hostile = 'no answer\u001b]0;owned\u0007'
const peer = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'
const relay = '12D3KooWRU2foiqwYNyoQkkHgjQPToQt7yVsS7PP28LXB7JFTSmN'

const findings: readonly Finding[] = [
  {
    code: 'router.searching',
    values: {},
    topic: 'Router',
    level: 'note',
    text: hostile,
    advice: 'Switch on UPnP.',
  },
  {
    code: 'ipv6.missing',
    values: {},
    topic: 'From outside',
    level: 'bad',
    text: 'Nobody gets in.',
    advice: 'Forward the port.',
  },
]

const ann = (): PathReport => ({
  peer,
  contact: 'Ann',
  connected: true,
  ways: [
    {
      address: `/ip4/203.0.113.1/tcp/4001/p2p/${relay}/p2p-circuit`,
      path: 'relayed',
      state: 'used',
      direction: 'inbound',
      rttMs: 43.2,
      at: Date.now() - 125_000,
      via: relay,
    },
    {
      address: '/ip4/203.0.113.7/tcp/4001',
      path: 'direct',
      state: 'failed',
      at: Date.now() - 9_000,
      problem: hostile,
    },
    { address: '/ip6/2001:db8::1/tcp/4001', path: 'direct', state: 'untried' },
  ],
  punch: {
    outcome: 'failed',
    at: Date.now() - 60_000,
    attempts: 3,
    tried: [],
    ours: 'hard',
    theirs: 'hard',
    reason: hostile,
  },
  advice: 'Open the port.',
})

const stranger: PathReport = { peer, connected: false, ways: [], problem: hostile, advice: 'Is it online?' }

/** The reach service, played by nobody: only what the command line does with its answers is looked at. */
export function playReach(): RunningService {
  const { doctor, path } = reachOperations
  return {
    name: 'reach',
    operations: {
      doctor: { ...doctor, run: async () => ({ findings, facts: {} }) as never },
      path: { ...path, run: async (_state, { whom }) => [whom === 'Bob' ? stranger : ann()] },
    },
    state: undefined,
    stop: async () => undefined,
  }
}
