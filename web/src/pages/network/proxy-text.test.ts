import { expect, test } from 'vitest'
import { noProxy, proxyParts, proxyText } from './proxy-text.ts'

test.each([
  ['socks5://127.0.0.1:9050', { host: '127.0.0.1', port: '9050', user: '', password: '' }],
  [
    'socks5://me:***@proxy.example:1080',
    { host: 'proxy.example', port: '1080', user: 'me', password: '***' },
  ],
  ['socks5://a%40b:p%3Aw@[2001:db8::1]:1', { host: '2001:db8::1', port: '1', user: 'a@b', password: 'p:w' }],
])('%s has its parts, and they make it again', (text, parts) => {
  expect(proxyParts(text)).toEqual(parts)
  expect(proxyText(parts)).toBe(text)
})

test('nothing is no proxy, and a port may be left out', () => {
  expect(proxyParts('')).toEqual(noProxy)
  expect(proxyText(noProxy)).toBe('')
  expect(proxyText({ ...noProxy, host: ' localhost ' })).toBe('socks5://localhost:1080')
})
