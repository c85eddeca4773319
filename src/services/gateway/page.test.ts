import { expect, test } from 'vitest'
import { directoryPage, failurePage, type Listing } from './page.ts'

const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const listing = (names: readonly string[], more: Partial<Listing> = {}): string =>
  directoryPage({
    root: `/ipfs/${cid}`,
    path: [],
    cid,
    base: '',
    entries: names.map(name => ({ name, cid, size: 1536 })),
    isCut: false,
    ...more,
  })

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
  expect(listing(['a'])).toContain('1.5 KiB')
  expect(listing(['a'], { isCut: true })).toContain('more entries')
})

test('a failure says what is wrong', () => {
  expect(failurePage(404, 'No <b>.')).toContain('<p>No &lt;b&gt;.</p>')
  expect(failurePage(404, '')).toContain('404 Not Found')
})
