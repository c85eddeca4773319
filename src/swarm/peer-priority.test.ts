import { expect, test } from 'vitest'
import { peerPriority } from './peer-priority.ts'

const at = (address: string, port = 6881): { address: string; port: number } => ({ address, port })

test('gives the examples of BEP 40', () => {
  expect(peerPriority(at('123.213.32.10'), at('98.76.54.32'))).toBe(0xec2d7224)
  expect(peerPriority(at('123.213.32.10'), at('123.213.32.234'))).toBe(0x99568189)
})

test('is the same from both sides', () => {
  for (const [a, b] of [
    [at('10.1.2.3'), at('10.1.9.9')],
    [at('2001:db8::1'), at('2001:db8:0:1::2')],
    [at('2001:db8::1'), at('2001:db9::2')],
    [at('10.0.0.1', 1), at('10.0.0.1', 70)],
  ] as const)
    expect(peerPriority(a, b)).toBe(peerPriority(b, a))
})

test('looks at the ports of one address', () => {
  expect(peerPriority(at('10.0.0.1', 1), at('10.0.0.1', 2))).not.toBe(
    peerPriority(at('10.0.0.1', 1), at('10.0.0.1', 3)),
  )
})

test('gives all hosts of a distant network few priorities', () => {
  const all = new Set(Array.from({ length: 256 }, (_, i) => peerPriority(at('1.2.3.4'), at(`9.9.9.${i}`))))
  expect(all.size).toBe(16)
})

test('knows nothing of two families', () => {
  expect(peerPriority(at('1.2.3.4'), at('2001:db8::1'))).toBeUndefined()
  expect(peerPriority(at('nonsense'), at('1.2.3.4'))).toBeUndefined()
})
