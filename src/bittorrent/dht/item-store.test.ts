import { describe, expect, it } from 'vitest'
import { utf8, VirtualWorld } from '../../base/index.ts'
import { encode, type KrpcQuery } from '../../wire/index.ts'
import { dhtConfig } from './config.ts'
import { ed25519KeyPair, verifyEd25519 } from './ed25519.ts'
import { type DhtItem, immutableItem, itemLimits, mutableItem, receivedItem, targetOf } from './item.ts'
import { ItemStore } from './item-store.ts'

const { publicKey, sign } = ed25519KeyPair(new Uint8Array(32).fill(7))
const none = new Uint8Array(0)

function store(config: object = {}): { world: VirtualWorld; items: ItemStore } {
  const world = new VirtualWorld(1)
  return { world, items: new ItemStore(world, dhtConfig.parse(config), verifyEd25519) }
}

const put = (items: ItemStore, item: Partial<KrpcQuery> | DhtItem, address = '8.8.8.8'): number =>
  items.put({ type: 'query', method: 'put', transaction: none, id: none, ...item }, address)?.code ?? 0

const signed = (value: string, seq: bigint, salt?: Uint8Array): ReturnType<typeof mutableItem> =>
  mutableItem({ value, publicKey, seq, salt }, sign)

describe('what is put', () => {
  it('is there for two hours, longer when it is put again', () => {
    const { world, items } = store()
    const item = immutableItem(['list', 5])
    expect(put(items, item)).toBe(0)
    world.advance(119 * 60_000)
    expect(items.get(targetOf(item))).toEqual(item)
    expect(put(items, item)).toBe(0)
    world.advance(119 * 60_000)
    expect(items.get(targetOf(item))).toEqual(item)
    world.advance(2 * 60_000)
    expect(items.get(targetOf(item))).toBeUndefined()
    items.expire()
    expect(items.size).toBe(0)
  })

  it('is refused when value or salt are too large, or absent', () => {
    const { items } = store()
    expect(put(items, { value: encode(new Uint8Array(itemLimits.valueBytes - 4)) })).toBe(0)
    expect(put(items, { value: encode(new Uint8Array(itemLimits.valueBytes - 3)) })).toBe(205)
    expect(put(items, {})).toBe(203)
    const salt = new Uint8Array(itemLimits.saltBytes)
    expect(put(items, signed('a', 1n, salt))).toBe(0)
    expect(put(items, { ...signed('a', 1n, salt), salt: new Uint8Array(65) })).toBe(207)
    expect(put(items, { value: encode('a'), publicKey })).toBe(203)
    expect(() => immutableItem('x'.repeat(1_000))).toThrow(/1005 bytes/)
    expect(() => signed('a', 1n, new Uint8Array(65))).toThrow(/salt/)
  })

  it('is bounded in all and for each address', () => {
    const { items } = store({ maxItems: 5, maxItemsPerAddress: 3 })
    const codes = Array.from({ length: 5 }, (_, i) => put(items, immutableItem(i)))
    expect(codes).toEqual([0, 0, 0, 202, 202])
    for (let i = 0; i < 20; i++) expect(put(items, immutableItem(100 + i), `9.9.9.${i}`)).toBe(0)
    expect(items.size).toBe(5)
    // The room of those that were dropped is free again.
    expect(put(items, immutableItem(3))).toBe(0)
  })
})

describe('a mutable item', () => {
  it('is replaced by a higher number only', () => {
    const { items } = store()
    expect(put(items, signed('two', 2n))).toBe(0)
    expect(put(items, signed('one', 1n))).toBe(302)
    expect(put(items, signed('other', 2n))).toBe(302)
    expect(put(items, signed('two', 2n))).toBe(0)
    expect(put(items, signed('three', 3n))).toBe(0)
    expect(items.get(targetOf(signed('', 0n)))).toMatchObject({ seq: 3n })
    expect(items.size).toBe(1)
  })

  it('is replaced only where cas is its number', () => {
    const { items } = store()
    expect(put(items, { ...signed('one', 1n), cas: 9n })).toBe(0)
    expect(put(items, { ...signed('three', 3n), cas: 2n })).toBe(301)
    expect(put(items, { ...signed('three', 3n), cas: 1n })).toBe(0)
  })

  it('needs a signature of value, number and salt', () => {
    const { items } = store()
    const item = signed('one', 1n, utf8('a'))
    expect(put(items, { ...item, seq: 2n })).toBe(206)
    expect(put(items, { ...item, salt: utf8('b') })).toBe(206)
    expect(put(items, { ...item, value: encode('two') })).toBe(206)
    expect(put(items, { ...item, publicKey: new Uint8Array(32) })).toBe(206)
    expect(put(items, item)).toBe(0)
  })

  it('is told apart by its salt', () => {
    const { items } = store()
    for (const salt of ['', 'a', 'b']) put(items, signed(salt, 1n, utf8(salt)))
    expect(items.size).toBe(3)
  })
})

it('an answer is believed only if it is what was asked for', () => {
  const item = signed('one', 1n)
  const take = (answer: object, target = targetOf(item)): DhtItem | undefined =>
    receivedItem(answer, target, none, verifyEd25519)
  expect(take(item)).toEqual(item)
  expect(take({ ...item, seq: 2n })).toBeUndefined()
  expect(take({ ...item, signature: undefined })).toBeUndefined()
  expect(take(item, new Uint8Array(20))).toBeUndefined()
  expect(take({ value: item.value })).toBeUndefined()
  const other = ed25519KeyPair(new Uint8Array(32).fill(8))
  expect(take(mutableItem({ value: 'one', publicKey: other.publicKey, seq: 9n }, other.sign))).toBeUndefined()
  const fixed = immutableItem('one')
  expect(take(fixed, targetOf(fixed))).toEqual(fixed)
})
