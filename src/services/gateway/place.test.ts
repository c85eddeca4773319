import fc from 'fast-check'
import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { GatewayFailure } from './failure.ts'
import { placeOf } from './place.ts'

const v1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const v0 = 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'
const key = 'k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf'
const tooLong =
  'bafkrgqe3ohjcjplmclpo6bbkg6sd4gxa2s3ijzlwqvgdyxowvojlmrhm4b3mmb4hsmjhyvdimwwnaqpb2bwbkk47wukqvpn7pniqtpy3aj3ga'

const at = (host: string, url: string, isForBrowsers = true): ReturnType<typeof placeOf> =>
  placeOf(
    { method: 'GET', url, headers: { host } },
    { hosts: ['localhost', 'gateway.example'] },
    isForBrowsers,
  )

test.each([
  ['localhost:80', `/ipfs/${v1}`, `http://${v1}.ipfs.localhost:80/`],
  ['localhost', `/ipfs/${v0}/a%252C+b/?x=1`, `http://${v1}.ipfs.localhost/a%252C+b/?x=1`],
  ['gateway.example', `/ipfs/${v1}/`, `http://${v1}.ipfs.gateway.example/`],
  ['localhost', `/ipfs/${v1}/España`, `http://${v1}.ipfs.localhost/Espa%C3%B1a`],
  ['localhost', `/ipns/${key}/a`, `http://${key}.ipns.localhost/a`],
  [
    'localhost',
    '/ipns/en.wikipedia-on-ipfs.org/wiki/',
    'http://en-wikipedia--on--ipfs-org.ipns.localhost/wiki/',
  ],
  [
    'localhost',
    '/ipns/12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d',
    'http://k51qzi5uqu5dk3v4rmjber23h16xnr23bsggmqqil9z2gduiis5se8dht36dam.ipns.localhost/',
  ],
  ['localhost', `/ipfs/?uri=ipfs%3A%2F%2F${v0}%2Fwiki%2FA.html`, `/ipfs/${v0}/wiki/A.html`],
  ['localhost', '/ipns/?uri=ipns%3A%2F%2Fdocs.example.org', '/ipns/docs.example.org'],
])('http://%s%s leads to %s', (host, url, location) => {
  expect(at(host, url)).toEqual({ location })
})

test('each root has one origin', () => {
  expect(at(`${v1}.ipfs.localhost:1`, '/a/b%20c/?q=1')).toMatchObject({
    path: ['a', 'b c'],
    endsWithSlash: true,
    query: 'q=1',
    isOwnOrigin: true,
    base: '',
    contentPath: `/ipfs/${v1}/a/b%20c/`,
  })
  const inBase36 = CID.parse(v1).toString(base36)
  expect(at(`${inBase36}.ipfs.localhost`, '/x?y')).toMatchObject({
    location: expect.stringMatching(/^http:\/\/bafybe[a-z2-7]+\.ipfs\.localhost\/x\?y$/),
  })
  expect(at('docs-example--a-org.ipns.localhost', '/')).toMatchObject({
    root: { name: { kind: 'domain', domain: 'docs.example-a.org' } },
  })
  expect(at('docs.example.org.ipns.localhost', '/')).toMatchObject({
    root: { name: { domain: 'docs.example.org' } },
  })
})

test('what no browser runs is answered by path', () => {
  expect(at('localhost', `/ipfs/${v1}/a`, false)).toMatchObject({
    path: ['a'],
    isOwnOrigin: false,
    base: `/ipfs/${v1}`,
  })
  expect(at('127.0.0.1:8080', `/ipfs/${v1}/a`)).toMatchObject({ path: ['a'], isOwnOrigin: false })
  expect(at('[::1]:8080', `/ipfs/${v1}`)).toMatchObject({ path: [] })
})

test('an address of a gateway that others ask is asked by path', () => {
  const asked = (host: string, hosts: readonly string[]): ReturnType<typeof placeOf> =>
    placeOf({ method: 'GET', url: `/ipfs/${v1}/a`, headers: { host } }, { hosts }, true)
  for (const host of ['192.0.2.1', '192.0.2.1:7480'])
    expect(asked(host, ['localhost', '192.0.2.1'])).toMatchObject({ path: ['a'], isOwnOrigin: false })
  for (const host of ['192.0.2.10', `${v1}.ipfs.192.0.2.1`, 'a.192.0.2.1', '192.0.2.1.evil.example'])
    expect(() => asked(host, ['192.0.2.1'])).toThrow(expect.objectContaining({ status: 403 }))
})

test.each([
  ['evil.example', `/ipfs/${v1}`, 403],
  ['', `/ipfs/${v1}`, 403],
  ['127.0.0.1.evil.example', `/ipfs/${v1}`, 403],
  ['evillocalhost', `/ipfs/${v1}`, 403],
  ['a.localhost', `/ipfs/${v1}`, 403],
  ['192.0.2.1', `/ipfs/${v1}`, 403],
  ['localhost', '/', 404],
  ['localhost', '/ipfs/', 404],
  ['localhost', '/api/v0/id', 404],
  ['localhost', '/ipfs/QmInvalidCID', 400],
  ['localhost', '/ipns/nodots', 400],
  ['localhost', `/ipfs/${v1}/%`, 400],
  ['localhost', `/ipfs/${tooLong}`, 400],
  [`${tooLong}.ipfs.localhost`, '/', 400],
  [`${v1}.ipfs.localhost`, '/%2e%2e/x', 400],
  [`${v1}.ipfs.localhost`, '/a%2fb', 400],
  [`${v1}.ipfs.localhost`, '/a%00', 400],
  [`${v1}.ipfs.localhost`, `/${'a/'.repeat(300)}`, 400],
  [`${v1}.ipfs.localhost`, `/${'a'.repeat(1025)}`, 400],
  [`${v1}.ipfs.localhost`, `/${'a/'.repeat(9000)}`, 400],
  ['localhost', '/ipfs/?uri=javascript:alert(1)', 400],
])('http://%s%s is refused: %i', (host, url, status) => {
  expect(() => at(host, url)).toThrow(expect.objectContaining({ status }))
})

test('the message names what was asked for, and nothing in it can turn the text around', () => {
  expect(() => at('localhost', '/ipfs/QmInvalidCID')).toThrow('invalid path "/ipfs/QmInvalidCID"')
  expect(() => at('localhost', '/ipfs/Qm%E2%80%AEevil')).toThrow('Qm\uFFFDevil')
})

test('random requests lead somewhere or are refused', () => {
  const hosts = fc.oneof(fc.string(), fc.constantFrom('localhost', '127.0.0.1', `${v1}.ipfs.localhost`))
  fc.assert(
    fc.property(hosts, fc.webPath(), fc.string(), (host, path, rest) => {
      for (const url of [path, `/ipfs/${v1}${path}`, `/ipns/${rest}`])
        try {
          const place = at(host, url)
          if ('location' in place) expect(place.location).toMatch(/^[\x21-\x7e]+$/)
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayFailure)
        }
    }),
  )
})
