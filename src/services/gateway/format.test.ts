import { expect, test } from 'vitest'
import { cachedAs, carParametersOf, formatOf, wantsPage } from './format.ts'
import type { GatewayRequest } from './place.ts'

const asked = (url: string, accept?: string): GatewayRequest => ({ method: 'GET', url, headers: { accept } })
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8'

test.each([
  ['/', undefined, 'usual'],
  ['/', browser, 'usual'],
  ['/', 'application/json', 'usual'],
  ['/?format=raw', undefined, 'raw'],
  ['/?format=car', 'application/vnd.ipld.raw', 'car'],
  ['/', 'application/vnd.ipld.raw', 'raw'],
  ['/', 'text/html, application/vnd.ipld.car; order=dfs; dups=y', 'car'],
  ['/', 'application/vnd.ipld.car;q=0', 'usual'],
  ['/', 'application/vnd.ipfs.ipns-record', 'ipns-record'],
  ['/?format=json', undefined, 'json'],
])('%s with Accept: %s asks for %s', (url, accept, format) => {
  expect(formatOf(asked(url, accept))).toBe(format)
})

test.each(['nothing', 'usual', 'constructor', ''])('format=%s is refused', format => {
  expect(() => formatOf(asked(`/?format=${format}`))).toThrow(expect.objectContaining({ status: 400 }))
})

test.each([
  ['/a?x=1', undefined, 'usual', { vary: 'Accept' }],
  ['/a?format=raw', undefined, 'raw', {}],
  ['/a?format=raw', browser, 'raw', {}],
  [
    '/ż?x=1',
    'application/vnd.ipld.raw',
    'raw',
    { vary: 'Accept', 'content-location': '/%C5%BC?x=1&format=raw' },
  ],
  ['/a%20b/', 'application/json', 'json', { vary: 'Accept', 'content-location': '/a%20b/?format=json' }],
  ['/a?format=raw', 'application/vnd.ipld.car', 'raw', { 'content-location': '/a?format=raw' }],
  ['/a?format=car&car-dups=n', 'application/vnd.ipld.car', 'car', { vary: 'Accept' }],
  [
    '/a?format=car&car-dups=n',
    'application/vnd.ipld.car; order=dfs; dups=y',
    'car',
    { vary: 'Accept', 'content-location': '/a?format=car&car-dups=n&car-order=dfs' },
  ],
] as const)('caches keep the answer to %s with Accept: %s apart', (url, accept, format, headers) => {
  expect(cachedAs(asked(url, accept), format)).toEqual(headers)
})

test('a CAR as it is asked for', () => {
  const all = { scope: 'all', bytes: undefined, dups: false }
  expect(carParametersOf(asked('/?format=car'))).toEqual(all)
  expect(carParametersOf(asked('/', 'application/vnd.ipld.car; version=1; order=dfs; dups="y"')).dups).toBe(
    true,
  )
  expect(carParametersOf(asked('/?car-dups=y', 'application/vnd.ipld.car; dups=n')).dups).toBe(true)
  expect(carParametersOf(asked('/?dag-scope=block')).scope).toBe('block')
  expect(carParametersOf(asked('/?entity-bytes=5:*&dag-scope=all'))).toMatchObject({
    scope: 'entity',
    bytes: { from: 5, to: '*' },
  })
})

test.each([
  'dag-scope=some',
  'entity-bytes=3',
  'entity-bytes=5:4',
  'car-version=2',
  'car-order=bfs',
  'car-dups=Y',
])('%s is refused', query => {
  expect(() => carParametersOf(asked(`/?${query}`))).toThrow(expect.objectContaining({ status: 400 }))
})

test('what the header says of a CAR is refused as what the URL says, and what is empty is not said', () => {
  for (const said of ['order=bfs', 'dups=Y', 'version=2'])
    expect(() => carParametersOf(asked('/', `application/vnd.ipld.car; ${said}`))).toThrow(
      expect.objectContaining({ status: 400 }),
    )
  expect(carParametersOf(asked('/?car-order=&car-dups=&car-version=')).dups).toBe(false)
  expect(carParametersOf(asked('/?car-order=unk')).dups).toBe(false)
})

test('who wants a page', () => {
  expect(wantsPage(asked('/', browser))).toBe(true)
  expect(wantsPage(asked('/', '*/*'))).toBe(false)
})
