import { expect, test } from 'vitest'
import { AddressBook, parseAddress } from './address-book.ts'

const peer = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'
const other = '12D3KooWRU2foiqwYNyoQkkHgjQPToQt7yVsS7PP28LXB7JFTSmN'
const address = (port: number): string => `/ip4/10.0.0.1/tcp/${port}`

test('addresses are kept without the peer, latest first, each once', () => {
  const book = new AddressBook({ maxKnownPeers: 10, maxAddressesPerPeer: 10 })
  book.remember(peer, [address(1), `${address(2)}/p2p/${peer}`])
  book.remember(peer, [address(3), address(1)])
  expect(book.known(peer)).toEqual([address(3), address(1), address(2)])
})

test('malformed addresses and those of another peer are ignored', () => {
  const book = new AddressBook({ maxKnownPeers: 10, maxAddressesPerPeer: 10 })
  book.remember(peer, ['', 'nonsense', '/ip4/999.0.0.1/tcp/1', `${address(1)}/p2p/${other}`, `/p2p/${peer}`])
  book.remember(peer, [`/ip4/10.0.0.1/tcp/1${'/tcp/1'.repeat(200)}`])
  expect(book.known(peer)).toEqual([])
  expect(book.size).toBe(0)
})

test('the number of addresses of a peer and of peers is bounded', () => {
  const book = new AddressBook({ maxKnownPeers: 2, maxAddressesPerPeer: 3 })
  book.remember(peer, [1, 2, 3, 4, 5].map(address))
  book.remember(peer, [address(9)])
  expect(book.known(peer)).toEqual([address(9), address(1), address(2)])
  book.remember('b', [address(1)])
  book.remember('c', [address(1)])
  expect(book.size).toBe(2)
  expect(book.known(peer)).toEqual([])
})

test('parseAddress splits off the peer', () => {
  expect(parseAddress(`${address(1)}/p2p/${peer}`)).toEqual({ address: address(1), peer })
  expect(parseAddress(address(1))).toEqual({ address: address(1) })
  expect(parseAddress(`/p2p/${peer}/tcp/1`)).toBeUndefined()
})

test('of an address behind a relay the PeerId of the relay stays', () => {
  const circuit = `${address(1)}/p2p/${peer}/p2p-circuit`
  expect(parseAddress(circuit)).toEqual({ address: circuit })
  expect(parseAddress(`${circuit}/p2p/${peer}`)).toEqual({ address: circuit, peer })
})
