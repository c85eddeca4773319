import { expect, test } from 'vitest'
import type { DnsTexts } from '../../network/index.ts'
import { dnsAddressLimits, resolvedAddresses } from './bootstrap.ts'

function dns(records: Readonly<Record<string, readonly string[]>>, asked: string[] = []) {
  return async (host: string): Promise<DnsTexts> => {
    asked.push(host)
    const texts = records[host]
    if (texts === undefined) throw new Error('no such name')
    return { texts, ttlSeconds: 60 }
  }
}

test('names stand for the addresses of the peer that they end with', async () => {
  const texts = dns({
    '_dnsaddr.boot.example': [
      'dnsaddr=/dnsaddr/a.example/p2p/A',
      'dnsaddr=/dnsaddr/b.example/p2p/B',
      'v=spf1',
    ],
    '_dnsaddr.a.example': [
      'dnsaddr=/ip4/192.0.2.1/tcp/4001/p2p/A',
      'dnsaddr=/ip6/2001:db8::1/tcp/4001/p2p/A',
    ],
    '_dnsaddr.b.example': ['dnsaddr=/ip4/192.0.2.2/tcp/4001/p2p/B'],
  })
  expect(await resolvedAddresses(['/dnsaddr/boot.example/p2p/A'], texts)).toEqual([
    '/ip4/192.0.2.1/tcp/4001/p2p/A',
    '/ip6/2001:db8::1/tcp/4001/p2p/A',
  ])
  const plain = '/ip4/192.0.2.9/tcp/4001/p2p/C'
  expect(await resolvedAddresses([plain, '/dnsaddr/gone.example', '/dnsaddr/b.example'], texts)).toEqual([
    plain,
    '/ip4/192.0.2.2/tcp/4001/p2p/B',
  ])
})

test('names that lead to themselves, or to ever more names, end', async () => {
  const asked: string[] = []
  const loop = dns({ '_dnsaddr.a.example': ['dnsaddr=/dnsaddr/a.example'] }, asked)
  expect(await resolvedAddresses(['/dnsaddr/a.example'], loop)).toEqual([])
  expect(asked).toHaveLength(1)
  let names = 0
  const tree = async (): Promise<DnsTexts> => {
    names++
    const texts = Array.from({ length: 30 }, (_, i) => `dnsaddr=/dnsaddr/${names}-${i}.example`)
    return { texts, ttlSeconds: 60 }
  }
  expect(await resolvedAddresses(['/dnsaddr/a.example'], tree)).toEqual([])
  expect(names).toBe(dnsAddressLimits.names)
  const many = Array.from({ length: 100 }, (_, i) => `dnsaddr=/ip4/192.0.2.1/tcp/${i + 1}`)
  expect(await resolvedAddresses(['/dnsaddr/m.example'], dns({ '_dnsaddr.m.example': many }))).toHaveLength(
    dnsAddressLimits.addresses,
  )
})

test('a chain of names ends at the bound, and an address that is too long is passed over', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`_dnsaddr.n${i}.example`, [`dnsaddr=/dnsaddr/n${i + 1}.example`]]),
  )
  const asked: string[] = []
  expect(await resolvedAddresses(['/dnsaddr/n0.example'], dns(chain, asked))).toEqual([])
  expect(asked).toHaveLength(dnsAddressLimits.depth)
  const address = (length: number): string => `/dns4/${'x'.repeat(length - 12)}/tcp/1`
  const longest = address(dnsAddressLimits.addressLength)
  const texts = [address(dnsAddressLimits.addressLength + 1), longest].map(one => `dnsaddr=${one}`)
  expect(await resolvedAddresses(['/dnsaddr/l.example'], dns({ '_dnsaddr.l.example': texts }))).toEqual([
    longest,
  ])
})
