import { expect, it } from 'vitest'
import type { Content } from '../../content/index.ts'
import { pieceUrl, webSeedUrl } from './web-seed-url.ts'

function contentOf(name: string, paths: readonly (readonly string[])[]): Content {
  const files = paths.map((path, index) => ({
    index,
    path,
    size: 1,
    firstPiece: index,
    pieceCount: 1,
    v1Offset: index,
  }))
  const singleFile = paths.length === 1 && paths[0]!.length === 1 && paths[0]![0] === name
  return { name, files, singleFile } as unknown as Content
}

it.each([
  ['http://h/dir/', 'a b', [['a b']], 'http://h/dir/a%20b'],
  ['http://h/file.bin', 'a', [['a']], 'http://h/file.bin'],
  ['http://h/get?id=1', 'a', [['a']], 'http://h/get?id=1'],
  ['http://h/dir/', 'n', [['x', "it's (#1)?.bin"]], 'http://h/dir/n/x/it%27s%20%28%231%29%3F.bin'],
  ['http://h/dir', 'n', [['x']], 'http://h/dir/n/x'],
  ['http://h/dir/#top', 'é', [['ü/%']], 'http://h/dir/%C3%A9/%C3%BC%2F%25'],
])('%s of %s %j is %s (BEP 19)', (base, name, paths, url) => {
  const content = contentOf(name, paths)
  expect(webSeedUrl(base, content, content.files[0]!)).toBe(url)
})

it('a part of a piece is in the query (BEP 17)', () => {
  const content = { infoHashV1: new Uint8Array(20).fill(0xa1) } as unknown as Content
  const part = { piece: 8, begin: 16_384, length: 100 }
  const query = `info_hash=${'%a1'.repeat(20)}&piece=8&ranges=16384-16483`
  expect(pieceUrl('http://h/seed.php', content, part)).toBe(`http://h/seed.php?${query}`)
  expect(pieceUrl('http://h/seed.php?x=1#top', content, part)).toBe(`http://h/seed.php?x=1&${query}`)
})
