import { expect, test } from 'vitest'
import { type ConnectionRow, graphOf } from './graph-layout.ts'

function row(peer: string, changes: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    peer,
    networks: ['private'],
    path: 'direct',
    contents: 0,
    downBytesPerSecond: 0,
    upBytesPerSecond: 0,
    ...changes,
  }
}

test('whom a relay leads to stands behind it, also when the relay is nobody else to us', () => {
  const rows = [
    row('relay'),
    row('a', { path: 'relayed', via: { peer: 'relay' } }),
    row('b', { path: 'relayed', via: { peer: 'other' } }),
  ]
  const { nodes, centre } = graphOf(rows, [], { width: 700, most: 10 })
  const at = (id: string) => nodes.find(node => node.id === id)!
  expect(nodes.map(({ id }) => id).sort()).toEqual(['a', 'b', 'other', 'relay'])
  expect(at('relay').from).toEqual(centre)
  expect(at('a').from).toEqual({ x: at('relay').x, y: at('relay').y })
  expect(at('b').from).toEqual({ x: at('other').x, y: at('other').y })
})

test('more than a bound are groups by their way, and all stay on the picture', () => {
  const rows = Array.from({ length: 90 }, (_, i) =>
    row(`p${i}`, { path: i % 3 === 0 ? 'lan' : 'direct', upBytesPerSecond: 1 }),
  )
  const rest = [{ path: 'direct', count: 7, downBytesPerSecond: 5, upBytesPerSecond: 0 }] as const
  const { nodes, width, height } = graphOf(rows, rest, { width: 360, most: 10 })
  expect(nodes.length).toBe(12)
  expect(nodes.reduce((sum, { count }) => sum + count, 0)).toBe(97)
  expect(nodes.find(({ id }) => id === 'group direct')).toMatchObject({ count: 61, rate: 59 })
  for (const { x, y } of nodes) {
    expect(x).toBeGreaterThan(30)
    expect(x).toBeLessThan(width - 30)
    expect(y).toBeGreaterThan(20)
    expect(y).toBeLessThan(height - 20)
  }
})
