import { expect, test } from 'vitest'
import { Discoveries } from './discoveries.ts'
import type { Discovery } from './discovery.ts'
import type { Heard } from './hearsay.ts'

const never = new AbortController().signal
const topic = new Uint8Array(32).fill(7)

const knows = (name: Discovery['name'], ...addresses: string[]): Discovery => ({
  name,
  async *findPeer() {
    for (const address of addresses) yield { addresses: [address], teller: 'direct' }
  },
})

test('all that are there are asked, and one that fails does not keep the others from answering', async () => {
  const discoveries = new Discoveries(10)
  discoveries.add(knows('kademlia', '/ip4/1.1.1.1/tcp/1', '/ip4/1.1.1.2/tcp/1'))
  discoveries.add({
    name: 'rendezvous',
    // biome-ignore lint/correctness/useYield: it fails before it finds anything
    async *findPeer() {
      throw new Error('not there')
    },
  })
  discoveries.add(knows('overlay', '/ip4/2.2.2.2/tcp/1'))
  const found: string[] = []
  for await (const { addresses, how } of discoveries.findPeer('x', never)) found.push(`${how} ${addresses}`)
  expect(found.sort()).toEqual([
    'kademlia /ip4/1.1.1.1/tcp/1',
    'kademlia /ip4/1.1.1.2/tcp/1',
    'overlay /ip4/2.2.2.2/tcp/1',
  ])
})

test('whoever found enough ends the search, and the reason for giving up is thrown', async () => {
  const discoveries = new Discoveries(10)
  const ended: boolean[] = []
  discoveries.add({
    name: 'mdns',
    async *findPeer(_peer, signal) {
      yield { addresses: ['/ip4/1.1.1.1/tcp/1'], teller: 'direct' }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      ended.push(true)
    },
  })
  for await (const _ of discoveries.findPeer('x', never)) break
  await Promise.resolve()
  expect(ended).toEqual([true])
  const controller = new AbortController()
  const search = discoveries.findPeer('x', controller.signal)
  await search.next()
  controller.abort(new Error('given up'))
  await expect(search.next()).rejects.toThrow('given up')
})

test('a topic is announced everywhere, also by those that come later, until nobody wants it any more', async () => {
  const discoveries = new Discoveries(10)
  const announced: string[] = []
  const announcing = (name: Discovery['name']): Discovery => ({
    name,
    async announce(_topic, signal) {
      announced.push(name)
      signal.addEventListener('abort', () => announced.push(`${name} ended`))
    },
  })
  discoveries.add(announcing('mdns'))
  const one = discoveries.announce(topic)
  const two = discoveries.announce(topic)
  discoveries.add(announcing('kademlia'))
  expect(announced).toEqual(['mdns', 'kademlia'])
  one()
  one()
  expect(announced).toHaveLength(2)
  two()
  expect(announced).toEqual(['mdns', 'kademlia', 'mdns ended', 'kademlia ended'])
})

test('what nobody may say is left out, whatever way it came', async () => {
  const discoveries = new Discoveries(10)
  const heard: Heard = { addresses: ['/ip4/127.0.0.1/tcp/22', '/ip4/1.1.1.1/tcp/1'], teller: 'direct' }
  discoveries.add({
    name: 'overlay',
    async *findPeer() {
      yield heard
    },
    async *findTopic() {
      yield { peer: 'x', ...heard }
    },
  })
  for await (const { addresses } of discoveries.findPeer('x', never))
    expect(addresses).toEqual(['/ip4/1.1.1.1/tcp/1'])
  for await (const { addresses } of discoveries.findTopic(topic, never))
    expect(addresses).toEqual(['/ip4/1.1.1.1/tcp/1'])
  expect.assertions(2)
})

test('what is announced has a bound, and beyond it one is told so', () => {
  const discoveries = new Discoveries(2)
  const one = discoveries.announce(topic)
  discoveries.announce(new Uint8Array(32))
  // The same again is no more than before.
  discoveries.announce(topic)()
  const third = new Uint8Array(32).fill(3)
  expect(() => discoveries.announce(third)).toThrow(expect.objectContaining({ code: 'network.limit' }))
  one()
  expect(() => discoveries.announce(third)).not.toThrow()
})
