import { describe, expect, it } from 'vitest'
import { inPlainWords, type PathFacts, pathReportOf } from './path-report.ts'

const peer = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'
const relay = '12D3KooWRU2foiqwYNyoQkkHgjQPToQt7yVsS7PP28LXB7JFTSmN'
const direct = '/ip4/203.0.113.7/tcp/4001'
const near = '/ip4/192.168.1.9/tcp/4001'
const circuit = `/ip4/198.51.100.1/tcp/4001/p2p/${relay}/p2p-circuit`

const facts = (changes: Partial<PathFacts> = {}): PathFacts => ({
  peer,
  connections: [],
  known: [],
  dials: [],
  mayReach: () => true,
  isLocal: () => false,
  ...changes,
})
const open = (address: string, path: 'lan' | 'direct' | 'relayed'): PathFacts['connections'][number] => ({
  peer,
  address: `${address}/p2p/${peer}`,
  path,
  direction: 'outbound',
  openedAt: 5,
})

describe('the ways to a peer', () => {
  it('begin with the nearest that is open, with what was measured just now', () => {
    const { connected, ways, advice } = pathReportOf(
      facts({
        connections: [
          open(circuit, 'relayed'),
          open(near, 'lan'),
          { ...open(direct, 'direct'), peer: relay },
        ],
        rttMs: 3,
      }),
    )
    expect(connected).toBe(true)
    expect(ways).toEqual([
      { address: near, path: 'lan', state: 'used', direction: 'outbound', at: 5, rttMs: 3 },
      { address: circuit, path: 'relayed', state: 'open', direction: 'outbound', at: 5, via: relay },
    ])
    expect(advice).toBeUndefined()
  })

  it('go on with those that are known, each once, and what came of them', () => {
    const { ways } = pathReportOf(
      facts({
        contact: 'Ann',
        connections: [open(near, 'lan')],
        known: [
          `${near}/p2p/${peer}`,
          `${direct}/p2p/${peer}`,
          '/ip4/203.0.113.8/tcp/1',
          '/ip4/203.0.113.9/tcp/1',
          '/ip4/10.0.0.1/tcp/1',
        ],
        dials: [
          { address: direct, at: 7, problem: 'connect ECONNREFUSED 203.0.113.7:4001' },
          { address: '/ip4/10.0.0.1/tcp/1', at: 8, problem: 'Another address was faster.' },
          { address: '/ip6/2001:db8::1/tcp/1', at: 9 },
        ],
        mayReach: ip => ip !== '203.0.113.9',
      }),
    )
    expect(ways.slice(1)).toEqual([
      { address: direct, path: 'direct', state: 'failed', at: 7, problem: 'nobody listens there' },
      { address: '/ip4/203.0.113.8/tcp/1', path: 'direct', state: 'untried' },
      { address: '/ip4/203.0.113.9/tcp/1', path: 'direct', state: 'forbidden' },
      { address: '/ip4/10.0.0.1/tcp/1', path: 'lan', state: 'spare', at: 8 },
      { address: '/ip6/2001:db8::1/tcp/1', path: 'direct', state: 'spare', at: 9 },
    ])
  })

  it.each([
    ['nothing is known of it', facts({ problem: 'x' }), /No address of this peer is known/],
    ['it does not answer', facts({ known: [direct] }), /Is it online\?/],
    [
      'a direct way failed',
      facts({ connections: [open(circuit, 'relayed')], dials: [{ address: direct, at: 1, problem: 'x' }] }),
      /opened the port/,
    ],
    [
      'both routers keep it from being direct',
      facts({
        connections: [open(circuit, 'relayed')],
        punch: {
          outcome: 'failed',
          at: 1,
          attempts: 3,
          tried: [],
          ours: 'hard',
          theirs: 'hard',
          reason: 'x',
        },
      }),
      /opened the port/,
    ],
    ['it has only just begun', facts({ connections: [open(circuit, 'relayed')] }), /is looked for/],
  ])('come with advice when %s', (_what, given, words) => {
    expect(pathReportOf(given).advice).toMatch(words)
  })
})

it.each([
  ['connect ECONNREFUSED 192.0.2.1:1', 'nobody listens there'],
  ['connect ENETUNREACH 2001:db8::1:1', 'no way leads there from here'],
  ['The peer did not answer within 10 s.', 'no answer'],
  ['read ECONNRESET', 'the other side hung up'],
  ['something else', 'something else'],
])('%s: %s', (problem, words) => {
  expect(inPlainWords(problem)).toBe(words)
})
