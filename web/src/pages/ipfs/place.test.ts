import { expect, test } from 'vitest'
import { linkOf, pageOf, placeOf, shortName, urlBelow, wayTo } from './place.ts'

const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const key = 'k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8'

test.each([
  [cid, `ipfs://${cid}`],
  [` ${cid}/a b/c `, `ipfs://${cid}/a%20b/c`],
  [`/ipfs/${cid}/100%/x`, `ipfs://${cid}/100%25/x`],
  [`IPFS://${cid}/a%20b?x=1#y`, `ipfs://${cid}/a%20b`],
  [`https://ipfs.io/ipfs/${cid}/a%20b/?download=true`, `ipfs://${cid}/a%20b`],
  [`https://${cid}.ipfs.dweb.link/a`, `ipfs://${cid}/a`],
  [`http://127.0.0.1:7480/ipns/${key}`, `ipns://${key}`],
  ['https://docs-ipfs--x-tech.ipns.dweb.link/', 'ipns://docs.ipfs-x.tech'],
  ['https://docs.ipfs.tech/concepts/', 'ipns://docs.ipfs.tech/concepts'],
  ['docs.ipfs.tech', 'ipns://docs.ipfs.tech'],
  [key, `ipns://${key}`],
  [`/ipns/${key}/a`, `ipns://${key}/a`],
  ['12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK', /^ipns:\/\/12D3/],
  [`magnet:?xt=urn:btmh:1220aa&xt=urn:ipfs:${cid}&dn=x`, `ipfs://${cid}`],
  ['nonsense', 'ipfs://nonsense'],
  ['ipfs://%', 'ipfs://%'],
  ['', 'ipfs://'],
])('%s is %s', (text, link) => {
  const place = placeOf(text)
  expect(linkOf(place)).toEqual(link instanceof RegExp ? expect.stringMatching(link) : link)
  // A name that is written as a link is read as the same.
  expect(placeOf(linkOf(place))).toEqual(place)
})

test('the way down begins with the root, and each step has a page', () => {
  const place = placeOf(`${cid}/a/50 %`)
  expect(wayTo(place).map(({ path }) => path)).toEqual([[], ['a'], ['a', '50 %']])
  expect(pageOf(place)).toBe(`/ipfs?link=${encodeURIComponent(`ipfs://${cid}/a/50%20%25`)}`)
})

test('what is below a root is below its URL, and the key to it stays', () => {
  expect(urlBelow(`http://${cid}.ipfs.localhost:7480/?key=1`, ['a b', '#'])).toBe(
    `http://${cid}.ipfs.localhost:7480/a%20b/%23?key=1`,
  )
  expect(urlBelow(`http://127.0.0.1:7480/ipfs/${cid}/`, [])).toBe(`http://127.0.0.1:7480/ipfs/${cid}/`)
})

test('long names are told by their ends', () => {
  expect(shortName('short')).toBe('short')
  expect(shortName(cid)).toBe('bafybeigdyrz…y55fbzdi')
})
