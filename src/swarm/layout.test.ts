import { expect, test } from 'vitest'
import { memoryShare, memoryV1Share } from '../../test/simulation/memory-content.ts'
import { Bitfield } from '../base/index.ts'
import { Layout } from './layout.ts'

const leaf = 16_384

test('knows which leaves of a v1 piece are nothing but padding', () => {
  const { content } = memoryV1Share(
    [
      { name: 'a', bytes: new Uint8Array(leaf + 1) },
      { name: 'b', bytes: new Uint8Array(10), pad: 4 * leaf },
      { name: 'c', bytes: new Uint8Array(1), pad: 100 },
    ],
    4 * leaf,
  )
  const layout = new Layout(content)
  expect(layout.paddingLeaves(0)).toEqual([{ firstLeaf: 2, leaves: 2 }])
  expect(layout.paddingLeaves(1)).toEqual([{ firstLeaf: 0, leaves: 1 }])
  expect([layout.payload(0), layout.payload(1)]).toEqual([leaf + 1, 11])
  const have = new Bitfield(2)
  have.set(1)
  expect([layout.payloadOf(new Bitfield(2)), layout.payloadOf(have)]).toEqual([0, 11])
  expect(layout.payloadOf(Bitfield.full(2))).toBe(leaf + 12)
})

test('peers may ask for the padding behind a file: v1 peers of a hybrid, and libtorrent of v2 content', () => {
  const files = { a: new Uint8Array(leaf + 1), b: new Uint8Array(5) }
  for (const options of [{ hybrid: true }, {}]) {
    const layout = new Layout(memoryShare(files, 2 * leaf, options).content)
    expect(layout.pieceSize(0)).toBe(leaf + 1)
    expect(layout.contains(0, leaf, leaf)).toBe(true)
    expect(layout.contains(0, leaf, leaf + 1)).toBe(false)
    expect(layout.contains(0, leaf, 1)).toBe(true)
    expect(layout.contains(2, 0, 1)).toBe(false)
  }
})
