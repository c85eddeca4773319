import { describe, expect, it } from 'vitest'
import { judgeNat, type Observation, observedAddresses, portsAhead } from './nat-report.ts'
import { askableAt } from './udp-endpoints.ts'

const said = (...words: readonly string[]): Observation[] =>
  words.map((word, i) => {
    const [address = '', port] = word.split(' ')
    return { group: `group ${i}`, seen: { address, port: Number(port) }, since: i }
  })
const nothing = (): boolean => false
const judge = (...words: readonly string[]) => judgeNat(4, said(...words), 0, nothing)

describe('what the words of other networks tell', () => {
  it.each([
    ['one port for all', ['1.1.1.1 7', '1.1.1.1 7'], { kind: 'easy', by: 2 }],
    ['a new port for each', ['1.1.1.1 7', '1.1.1.1 900', '1.1.1.1 40'], { kind: 'hard', by: 3 }],
    ['the next port for each', ['1.1.1.1 7', '1.1.1.1 9', '1.1.1.1 13'], { kind: 'hard', step: 2 }],
    [
      'the next port, answered in another order',
      ['1.1.1.1 8', '1.1.1.1 7', '1.1.1.1 9'],
      { kind: 'hard', step: 1, endpoint: { address: '1.1.1.1', port: 9 } },
    ],
    ['the port before for each', ['1.1.1.1 9', '1.1.1.1 8'], { kind: 'hard', step: -1 }],
    ['one word is hearsay', ['1.1.1.1 7'], { kind: 'unknown', endpoint: { address: '1.1.1.1', port: 7 } }],
    ['no two agree', ['1.1.1.1 7', '2.2.2.2 7'], { kind: 'unknown' }],
    ['nobody said anything', [], { kind: 'unknown', by: 0 }],
  ])('%s', (_what, words, expected) => {
    expect(judge(...words)).toMatchObject(expected)
  })

  it('a liar does not win, be it with another address or another port', () => {
    const endpoint = { address: '1.1.1.1', port: 7 }
    for (const lie of ['6.6.6.6 7', '1.1.1.1 666'])
      expect(judge('1.1.1.1 7', lie, '1.1.1.1 7')).toMatchObject({ kind: 'easy', by: 2, endpoint })
  })

  it('as many liars as honest ones: nothing is believed', () => {
    expect(judge('1.1.1.1 7', '6.6.6.6 7', '1.1.1.1 7', '6.6.6.6 7').kind).toBe('unknown')
  })

  it('our own endpoint is seen: nothing stands between', () => {
    const own = judgeNat(4, said('1.1.1.1 7'), 0, ({ address }) => address === '1.1.1.1')
    expect(own).toMatchObject({ kind: 'none', by: 1 })
  })

  it('nobody answers over UDP: one may be down, several are not', () => {
    expect(judgeNat(4, [], 1, nothing).kind).toBe('unknown')
    expect(judgeNat(4, [], 2, nothing).kind).toBe('blocked')
  })
})

it('only what several agree on is an address of ours', () => {
  const reports = [judge('1.1.1.1 7', '1.1.1.1 7'), judge('1.1.1.1 7'), judge('1.1.1.1 7', '1.1.1.1 8')]
  expect(observedAddresses(reports)).toEqual(['/ip4/1.1.1.1/udp/7/udx'])
})

it('ports ahead follow the step, and exist', () => {
  const ahead = (step: number, count: number): number[] =>
    portsAhead({ address: '1.1.1.1', port: 65_530 }, step, count).map(({ port }) => port)
  expect(ahead(2, 5)).toEqual([65_532, 65_534])
  expect(ahead(-1, 2)).toEqual([65_529, 65_528])
})

describe('where a connected peer is asked', () => {
  const remote = '/ip4/9.9.9.9/tcp/50000'
  it.each([
    ['where we dialled it', remote, 'outbound', [], { address: '9.9.9.9', port: 50_000 }],
    [
      'at the port that it names',
      remote,
      'inbound',
      ['/ip4/9.9.9.9/tcp/4001'],
      { address: '9.9.9.9', port: 4001 },
    ],
    [
      'where it is connected over UDP',
      '/ip4/9.9.9.9/udp/7/udx',
      'inbound',
      [],
      { address: '9.9.9.9', port: 7 },
    ],
    ['not at the address of somebody else', remote, 'inbound', ['/ip4/8.8.8.8/tcp/4001'], undefined],
    ['not through a relay', `${remote}/p2p/Q/p2p-circuit`, 'outbound', [], undefined],
    ['not by another protocol', '/ip4/9.9.9.9/udp/7/quic-v1', 'outbound', [], undefined],
  ] as const)('%s', (_what, remote, direction, named, endpoint) => {
    expect(askableAt(remote, direction, named)).toEqual(endpoint)
  })
})
