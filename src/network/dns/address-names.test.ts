import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { type DnsTexts, Egress, type Resolve } from '../egress/index.ts'
import { AddressNames } from './address-names.ts'
import { addressNameLimits as limits, multiaddrsIn, parseNamed } from './named-address.ts'

const forever = new AbortController().signal

/** Looks up in names of the test: texts under `_dnsaddr.NAME`, addresses under NAME. */
function namesOf(records: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = []
  const under = (name: string): readonly string[] => {
    asked.push(name)
    const found = records[name]
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const resolve: Resolve = async (host, family) =>
    under(host)
      .map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
      .filter(one => family === 0 || family === one.family)
  const names = new AddressNames({
    world: new VirtualWorld(1),
    egress: { resolve, passesNames: false },
    texts: async host => ({ texts: under(host), ttlSeconds: 60 }),
  })
  return { asked, lookUp: (...addresses: string[]) => names.lookUpAll(addresses, forever), names }
}

describe('names', () => {
  test('stand for the addresses of the peer that they end with', async () => {
    const { lookUp } = namesOf({
      '_dnsaddr.boot.example': [
        'dnsaddr=/dnsaddr/a.example/p2p/A',
        'dnsaddr=/dnsaddr/b.example/p2p/B',
        'v=spf1',
      ],
      '_dnsaddr.a.example': ['dnsaddr=/ip4/203.0.113.1/tcp/1/p2p/A', 'dnsaddr=/ip6/2001:db8::1/tcp/1/p2p/A'],
      '_dnsaddr.b.example': ['dnsaddr=/ip4/203.0.113.2/tcp/1/p2p/B'],
    })
    expect(await lookUp('/dnsaddr/boot.example/p2p/A')).toEqual([
      '/ip4/203.0.113.1/tcp/1/p2p/A',
      '/ip6/2001:db8::1/tcp/1/p2p/A',
    ])
    const plain = '/ip4/127.0.0.1/tcp/1/p2p/C'
    expect(await lookUp(plain, '/dnsaddr/gone.example', '/dnsaddr/b.example')).toEqual([
      plain,
      '/ip4/203.0.113.2/tcp/1/p2p/B',
    ])
  })

  test('of machines stand for addresses of the family that is asked for', async () => {
    const { lookUp } = namesOf({ 'm.example': ['203.0.113.1', '2001:db8::1', 'fe80::1%eth0'] })
    expect(await lookUp('/dns4/m.example/tcp/4001')).toEqual(['/ip4/203.0.113.1/tcp/4001'])
    expect(await lookUp('/dns6/m.example./udp/4001/udx')).toEqual([])
    expect(await lookUp('/dns/m.example/tcp/4001')).toEqual([
      '/ip4/203.0.113.1/tcp/4001',
      '/ip6/2001:db8::1/tcp/4001',
      '/ip6zone/eth0/ip6/fe80::1/tcp/4001',
    ])
  })

  test('of relays keep what is behind the relay', async () => {
    const { lookUp } = namesOf({
      '_dnsaddr.r.example': ['dnsaddr=/ip4/203.0.113.1/tcp/1/p2p/R', 'dnsaddr=/ip4/203.0.113.2/tcp/1/p2p/S'],
    })
    expect(await lookUp('/dnsaddr/r.example/p2p/R/p2p-circuit/p2p/T')).toEqual([
      '/ip4/203.0.113.1/tcp/1/p2p/R/p2p-circuit/p2p/T',
    ])
  })

  test('lead two addresses into local networks, with ports of no service, and none to this machine', async () => {
    const ips = ['127.0.0.1', '::1', '0.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '64:ff9b::7f00:1']
    const { lookUp } = namesOf({ 'm.example': ips })
    expect(await lookUp('/dns/m.example/tcp/4001')).toEqual([
      '/ip4/10.0.0.1/tcp/4001',
      '/ip4/10.0.0.2/tcp/4001',
    ])
    expect(await lookUp('/dns/m.example/tcp/80')).toEqual([])
    const behind = '/p2p/R/p2p-circuit/p2p/T'
    expect(await lookUp(`/dns/m.example/tcp/80${behind}`)).toEqual([])
  })

  test('that lead nowhere are told, and those that nobody can have', async () => {
    const { names } = namesOf({ 'local.example': ['127.0.0.1'], '_dnsaddr.e.example': [] })
    const fails = (address: string) => names.lookUp([address], forever, () => expect.unreachable())
    await expect(fails('/dns4/gone.example/tcp/1')).rejects.toThrow('there is no gone.example')
    await expect(fails('/dns4/local.example/tcp/1')).rejects.toMatchObject({ code: 'network.unreachable' })
    await expect(fails('/dnsaddr/e.example')).rejects.toThrow('no such address stands under e.example')
    await expect(fails('/dns4/a..b/tcp/1')).rejects.toThrow('no name of a machine')
  })

  test('are asked for nobody where only local networks may be', async () => {
    const egress = new Egress({ lanOnly: true })
    const asked: string[] = []
    const names = new AddressNames({
      world: new VirtualWorld(1),
      egress,
      texts: async host => {
        asked.push(host)
        throw new Error('nobody can be asked')
      },
    })
    expect(egress.texts).toBeUndefined()
    expect(await names.lookUpAll(['/dns4/example.org/tcp/1', '/dnsaddr/example.org'], forever)).toEqual([])
    expect(asked).toEqual(['_dnsaddr.example.org'])
  })
})

describe('a look-up', () => {
  test('ends where names lead to themselves, or to ever more names', async () => {
    const loop = namesOf({ '_dnsaddr.a.example': ['dnsaddr=/dnsaddr/A.example'] })
    expect(await loop.lookUp('/dnsaddr/a.example')).toEqual([])
    expect(loop.asked).toHaveLength(1)
    let asked = 0
    const names = new AddressNames({
      world: new VirtualWorld(1),
      egress: new Egress({ lanOnly: true }),
      texts: async (): Promise<DnsTexts> => {
        asked++
        return {
          texts: Array.from({ length: 30 }, (_, i) => `dnsaddr=/dnsaddr/${asked}-${i}.example`),
          ttlSeconds: 1,
        }
      },
    })
    expect(await names.lookUpAll(['/dnsaddr/a.example'], forever)).toEqual([])
    expect(asked).toBe(limits.names)
  })

  test('goes so many names deep, and takes so many texts and addresses', async () => {
    const chain = namesOf(
      Object.fromEntries(
        Array.from({ length: 10 }, (_, i) => [
          `_dnsaddr.n${i}.example`,
          [`dnsaddr=/dnsaddr/n${i + 1}.example`],
        ]),
      ),
    )
    expect(await chain.lookUp('/dnsaddr/n0.example')).toEqual([])
    expect(chain.asked).toHaveLength(limits.depth)
    const many = (from: number): string[] =>
      Array.from({ length: 100 }, (_, i) => `dnsaddr=/ip4/203.0.113.1/tcp/${from + i}`)
    const flood = namesOf({ '_dnsaddr.a.example': many(1), '_dnsaddr.b.example': many(1_000) })
    expect(await flood.lookUp('/dnsaddr/a.example')).toHaveLength(limits.texts)
    expect(await flood.lookUp('/dnsaddr/a.example', '/dnsaddr/b.example')).toHaveLength(limits.addresses)
  })

  test('waits for name servers so long, and tells what others said by then', async () => {
    const world = new VirtualWorld(1)
    const names = new AddressNames({
      world,
      egress: {
        passesNames: false,
        resolve: host =>
          host === 'quick.example'
            ? Promise.resolve([{ address: '203.0.113.1', family: 4 }])
            : new Promise(() => {}),
      },
      texts: () => new Promise(() => {}),
    })
    const told = Promise.withResolvers<string>()
    const addresses = ['/dns4/quick.example/tcp/1', '/dns4/silent.example/tcp/1']
    const both = names.lookUp(addresses, forever, told.resolve)
    expect(await told.promise).toBe('/ip4/203.0.113.1/tcp/1')
    world.advance(limits.lookUpMs)
    await both
    const late = names.lookUp(['/dnsaddr/silent.example'], forever, () => expect.unreachable())
    world.advance(limits.lookUpMs)
    await expect(late).rejects.toThrow('no name server answers in time')
    const given = new AbortController()
    const silent = names.lookUpAll(['/dnsaddr/silent.example'], given.signal)
    given.abort(new Error('enough'))
    await expect(silent).rejects.toThrow('enough')
  })
})

describe('an address with a name', () => {
  const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/)
  const host = fc.array(label, { minLength: 1, maxLength: 5 }).map(labels => labels.join('.'))
  const kind = fc.constantFrom('dns', 'dns4', 'dns6', 'dnsaddr')
  const rest = fc.constantFrom('', '/tcp/1', '/tcp/4001/p2p/A', '/p2p/A', '/p2p/R/p2p-circuit/p2p/T')

  test('is read as it was written, and nothing else is one', () => {
    fc.assert(
      fc.property(kind, host, rest, (kind, host, rest) => {
        expect(parseNamed(`/${kind}/${host}${rest}`)).toEqual({ kind, host, rest })
      }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), text => {
        const named = parseNamed(text)
        if (named !== undefined) expect(`/${named.kind}/${named.host}${named.rest}`).toBe(text)
      }),
    )
    for (const wrong of [
      '/dns4/',
      '/dns4/a b/tcp/1',
      '/dns4/a..b',
      '/dnsx/a',
      'dns4/a',
      `/dns4/${'x'.repeat(64)}`,
    ])
      expect(parseNamed(wrong)).toBeUndefined()
    const long = `/dns4/${Array.from({ length: 50 }, () => 'abcdef').join('.')}`
    expect(parseNamed(long)).toBeUndefined()
  })

  test('leads to what ends as it does, whatever the texts are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            rest.map(end => `dnsaddr=/ip4/203.0.113.1/tcp/1${end}`),
          ),
        ),
        rest,
        (texts, end) => {
          for (const address of multiaddrsIn(texts, end)) {
            expect(address.startsWith('/')).toBe(true)
            expect(address.endsWith(end)).toBe(true)
          }
        },
      ),
    )
    const longest = `/dns4/${'x'.repeat(limits.addressLength - 12)}/tcp/1`
    expect(multiaddrsIn([`dnsaddr=${longest}`, `dnsaddr=${longest}2`, 'dnsaddr=', 'dnsaddr=x'], '')).toEqual([
      longest,
    ])
  })
})
