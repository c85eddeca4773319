import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../../base/index.ts'
import { GatewayFailure } from './failure.ts'
import { maxRedirectsBytes, parseRedirects, redirect } from './redirects.ts'

const rules = parseRedirects(
  utf8(
    [
      '# the examples of the specification',
      '',
      '/redirect-one /one.html',
      '\t/302-redirect-two   /two.html\t302 ',
      '/posts/:year/:month/:day/:title /articles/:year/:month/:day/:title 301\r',
      '/splat/* /redirected-splat/:splat 301',
      '/source1/* /target-file?static-query1=static-val1&static-query2=static-val2 301',
      '/source2/:code/:name /target-file?code=:code&name=:name 301',
      '/source3/* https://example.net/target3/:splat 301',
      '/any/* /:splat 302',
      '/not-found/* /404.html 404',
    ].join('\n'),
  ),
)

test.each([
  ['redirect-one', '', '/one.html', 301],
  ['302-redirect-two', '', '/two.html', 302],
  ['posts/2022/01/01/hello-world', '', '/articles/2022/01/01/hello-world', 301],
  ['splat/one.html', '', '/redirected-splat/one.html', 301],
  ['splat', '', '/redirected-splat/', 301],
  [
    'source1/x',
    'b=1&static-query2=mine',
    '/target-file?static-query1=static-val1&b=1&static-query2=mine',
    301,
  ],
  ['source2/a/b c', '', '/target-file?code=a&name=b%20c', 301],
  ['source3/deep/er', 'q=1', 'https://example.net/target3/deep/er?q=1', 301],
  ['not-found/what', '', '/404.html', 404],
])('/%s?%s leads to %s', (path, query, to, status) => {
  expect(redirect(rules, path.split('/'), query)).toEqual({ to, status })
})

test('a path that no rule names is left alone', () => {
  expect(redirect(rules, ['posts', '2022'], '')).toBeUndefined()
  expect(redirect(rules, [], '')).toBeUndefined()
})

test('what was asked for cannot lead to another site, nor add a header', () => {
  expect(redirect(rules, ['any', '', 'evil.example'], '')?.to).toBe('/evil.example')
  expect(redirect(rules, ['any', '/evil.example'], '')?.to).toBe('/%2Fevil.example')
  expect(redirect(rules, ['any', 'a\r\nset-cookie: b'], '')?.to).not.toMatch(/[\r\n]/)
})

test.each([
  ['/a /b 301!', 'status'],
  ['/a /b 418', 'status'],
  ['/a', 'where to'],
  ['a /b', 'path'],
  ['/a javascript:alert(1)', 'neither'],
  ['/:a/:a /b', 'twice'],
  ['/a /b 301 more', 'three'],
])('%j is refused', (text, why) => {
  expect(() => parseRedirects(utf8(text))).toThrow(why)
  expect(() => parseRedirects(utf8(text))).toThrow('could not parse _redirects:')
})

test('a file has 64 KiB at most', () => {
  const line = '/a /b 301\n'
  const most = line.repeat(Math.floor(maxRedirectsBytes / line.length)).padEnd(maxRedirectsBytes, '\n')
  expect(parseRedirects(utf8(most))).toHaveLength(6553)
  expect(() => parseRedirects(utf8(`${most}\n`))).toThrow('redirects file size cannot exceed')
})

test('random files are rules or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.string(), { maxLength: 4 }), (bytes, path) => {
      try {
        redirect(parseRedirects(bytes), path, '')
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayFailure)
      }
    }),
  )
})
