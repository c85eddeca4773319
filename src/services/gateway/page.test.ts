import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { dataPage } from './data-page.ts'
import { directoryPage, failurePage, type Seen } from './page.ts'

const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const here: Seen = { root: `/ipfs/${cid}`, path: [], cid, base: '', elsewhere: '//localhost' }
const listing = (names: readonly string[], more: Partial<Seen> = {}, isCut = false): string =>
  directoryPage({ ...here, ...more }, { entries: names.map(name => ({ name, cid, size: 1536 })), isCut })

test('names of files are never markup, and never turn the page around', () => {
  const page = listing([
    '<img src=x onerror=alert(1)>',
    '"onmouseover="a',
    'gpj.\u202Eexe',
    'a\u2066b\u200Bc',
    "'&",
    'שלום',
  ])
  expect(page).not.toMatch(/<img|"onmouseover|[\u202a-\u202e\u2066-\u2069\u200b]/)
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(page).toContain('href="/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"')
  expect(page).toContain('<bdi>שלום</bdi>')
  expect(page).toContain('href="/&#39;%26"')
})

test('links lead to where they are, up, and to each folder above', () => {
  const page = listing(['file-źł.txt'], { path: ['ą', 'ę'], base: `/ipfs/${cid}` })
  expect(page).toContain(
    `<a href="/ipfs/${cid}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt"><bdi>file-źł.txt</bdi></a>`,
  )
  expect(page).toContain(`<a href="/ipfs/${cid}/%C4%85/%C4%99/..">..</a>`)
  expect(page).toContain(
    `/ipfs/<a href="/ipfs/${cid}">${cid}</a>/<a href="/ipfs/${cid}/%C4%85"><bdi>ą</bdi></a>/`,
  )
  expect(listing(['a'])).not.toContain('..</a>')
  expect(listing(['a'])).toContain('1.5 kB')
  expect(listing(['a'], {}, true)).toContain('more entries')
})

test('a hash leads to what is behind it, where that is not private', () => {
  expect(listing(['a b'])).toContain(
    `<a class="ipfs-hash" translate="no" href="//localhost/ipfs/${cid}?filename=a%20b">${cid}</a>`,
  )
  expect(listing(['a b'], { elsewhere: undefined })).not.toContain('filename=')
})

test('data for people: nothing in it is markup, links lead on, and there is an end', () => {
  const data = {
    '<img src=x>': ['</pre><script>', 'gpj.\u202Eexe', 3n, null, true, 0.5],
    bytes: new Uint8Array(10_000),
    link: CID.parse(cid),
    long: 'x'.repeat(10_000),
  }
  const page = dataPage(here, { format: 'dag-cbor', data, maxValues: 100 })
  expect(page).not.toMatch(/<img|<script|[\u202a-\u202e]/)
  expect(page).toContain(`<a class="ipfs-hash" translate="no" href="//localhost/ipfs/${cid}">${cid}</a>`)
  expect(page.length).toBeLessThan(10_000)
  expect(page).not.toContain('There is more')
  const cut = dataPage(here, {
    format: 'dag-cbor',
    data: Array.from({ length: 101 }, () => 1),
    maxValues: 100,
  })
  expect(cut).toContain('There is more')
})

test('a failure says what is wrong', () => {
  expect(failurePage(404, 'No <b>.')).toContain('<p>No &lt;b&gt;.</p>')
  expect(failurePage(404, '')).toContain('404 Not Found')
})
