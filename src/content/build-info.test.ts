import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError, toHex } from '../base/index.ts'
import {
  buildInfo,
  buildInfoBySteps,
  type InfoDescription,
  type InfoFile,
  inTreeOrder,
  leastInfoBytes,
  paddingAfter,
} from './build-info.ts'
import { parseInfo } from './parse-content.ts'

const root = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const textOf = (info: Uint8Array): string => Buffer.from(info).toString('latin1')
const files = (...paths: string[]): InfoFile[] =>
  paths.map(path => ({ path: path.split('/'), size: 1, piecesRoot: root(97) }))
const build = (change: Partial<InfoDescription>): Uint8Array =>
  buildInfo({ name: 'n', pieceLength: 16_384, files: files('a'), ...change })

describe('info dictionaries', () => {
  test('have the tree that BEP 52 prints', () => {
    const only = { path: ['dir1', 'dir2', 'fileA.txt'], size: 1024, piecesRoot: root(97) }
    // BEP 52, "File tree layout", with its "d5:length" corrected to "d6:length": the word has six letters.
    const printed = `9:file treed4:dir1d4:dir2d9:fileA.txtd0:d6:lengthi1024e11:pieces root32:${'a'.repeat(32)}eeeee`
    expect(textOf(build({ files: [only] }))).toBe(
      `d${printed}12:meta versioni2e4:name1:n12:piece lengthi16384ee`,
    )
  })

  test('do not depend on the order in which files are found', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'b/c', 'b-', 'ﾊ', '😀', 'b.d/e'], { minLength: 6 }), paths => {
        const info = build({ files: files(...paths) })
        expect(textOf(info)).toBe(textOf(build({ files: files('a', 'b/c', 'b-', 'ﾊ', '😀', 'b.d/e') })))
      }),
    )
    const order = inTreeOrder(files('😀', 'ﾊ', 'b-', 'b/c', 'b.d/e', 'a')).map(({ path }) => path.join('/'))
    expect(order).toEqual(['a', 'b/c', 'b-', 'b.d/e', 'ﾊ', '😀'])
  })

  test('are made by steps that are short, and are the same', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `folder-${i % 7}/${i}`)
    const description = { name: 'n', pieceLength: 16_384, files: files(...many) }
    const work = buildInfoBySteps(description)
    let steps = 0
    let step = work.next()
    for (; !step.done; step = work.next()) steps++
    // Looked at, sorted, checked and written.
    expect(steps).toBeGreaterThan(3 * Math.floor(20_000 / 512))
    const sorted = inTreeOrder(description.files)
    expect(inTreeOrder(sorted)).toBe(sorted)
    expect(toHex(step.value)).toBe(toHex(buildInfo({ ...description, files: sorted })))
  })

  test('are never shorter than is told before they are made, and hardly longer', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,200}$/), { minLength: 1 })
    fc.assert(
      fc.property(names, fc.nat(99), (paths, size) => {
        const made = build({ files: files(...paths).map(file => ({ ...file, size })) })
        const least = leastInfoBytes(paths.map(name => ({ path: [name], size })))
        expect(made.length).toBeGreaterThanOrEqual(least)
        expect(made.length).toBeLessThan(least + 100 + paths.length * 5)
      }),
    )
  })

  test('say when content is private', () => {
    expect(textOf(build({ private: true }))).toContain('7:privatei1e')
    expect(textOf(build({ private: false }))).not.toContain('private')
  })

  test('say of links what lstat says of them, unless told otherwise', () => {
    const link = { path: ['l'], size: 0, symlink: ['a', 'b'] }
    expect(textOf(build({ files: [link] }))).toContain('d4:attr2:xl12:symlink pathl1:a1:beee')
    expect(textOf(build({ files: [{ ...link, executable: false }] }))).toContain('d4:attr1:l12:')
  })

  test('pad hybrids behind each file, but not the only one (as libtorrent does)', () => {
    expect(textOf(build({ hybrid: new Uint8Array(20) }))).not.toContain('.pad')
    const two = textOf(build({ files: files('a', 'b'), hybrid: new Uint8Array(40) }))
    expect(two.match(/d4:attr1:p6:lengthi16383e4:pathl4.\.pad5:16383ee/g)?.length).toBe(2)
    expect([paddingAfter(5, 1, 16_384), paddingAfter(0, 2, 16_384), paddingAfter(16_384, 2, 16_384)]).toEqual(
      [0, 0, 0],
    )
  })

  test('refuse names that cannot be shared', () => {
    for (const name of ['', '.', '..', 'a/b', 'a\0b', '\ud800']) {
      expect(() => build({ name })).toThrow(PeerageError)
      expect(() => build({ files: [{ path: ['d', name], size: 0 }] })).toThrow(PeerageError)
      expect(() => build({ files: [{ path: ['l'], size: 0, symlink: [name] }] })).toThrow(PeerageError)
    }
  })

  test.each<[string, Partial<InfoDescription>]>([
    ['no files', { files: [] }],
    ['a path twice', { files: files('a', 'a') }],
    ['a file as folder', { files: files('a', 'a/b') }],
    ['an empty path', { files: [{ path: [], size: 0 }] }],
    ['no pieces root', { files: [{ path: ['a'], size: 1 }] }],
    ['a size below zero', { files: [{ path: ['a'], size: -1 }] }],
    ['a link with bytes', { files: [{ path: ['a'], size: 1, piecesRoot: root(1), symlink: ['b'] }] }],
    ['a link to nothing', { files: [{ path: ['a'], size: 0, symlink: [] }] }],
    ['an odd piece length', { pieceLength: 20_000 }],
    ['a small piece length', { pieceLength: 8_192 }],
    ['too few v1 pieces', { hybrid: new Uint8Array() }],
    ['a single file of another name', { singleFile: true }],
    ['two single files', { name: 'a', singleFile: true, files: files('a', 'b') }],
  ])('refuse %s as the mistake that it is', (_, change) => {
    expect(() => build(change)).toThrow(TypeError)
  })
})

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter(text => text !== '.' && text !== '..' && !/[/\0]/.test(text) && text.isWellFormed())
const infoFile: fc.Arbitrary<InfoFile> = fc
  .record({
    path: fc.array(name, { minLength: 1, maxLength: 4 }),
    size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200_000 })),
    executable: fc.boolean(),
    hidden: fc.boolean(),
    link: fc.option(fc.array(name, { minLength: 1, maxLength: 3 }), { freq: 5, nil: undefined }),
  })
  .map(({ path, size, executable, hidden, link }) => {
    if (link !== undefined) return { path, size: 0, executable, hidden, symlink: link }
    return { path, size, executable, hidden, ...(size > 0 ? { piecesRoot: root(size % 255 || 9) } : {}) }
  })
/** No path of which is another's, or its folder. */
const folder = fc.array(infoFile, { minLength: 1, maxLength: 12 }).map(candidates => {
  const kept: InfoFile[] = []
  for (const each of candidates) {
    const key = `${each.path.join('/')}/`
    const clash = kept.some(
      ({ path }) => `${path.join('/')}/`.startsWith(key) || key.startsWith(`${path.join('/')}/`),
    )
    if (!clash) kept.push(each)
  }
  return kept
})

test('whatever is built is read back as it was', () => {
  fc.assert(
    fc.property(
      folder,
      name,
      fc.constantFrom(16_384, 65_536),
      fc.boolean(),
      (list, title, pieceLength, v1Too) => {
        const count = list.reduce((sum, { size }) => sum + Math.ceil(size / pieceLength), 0)
        const pieces = v1Too ? new Uint8Array(count * 20) : undefined
        const built = buildInfo({ name: title, pieceLength, files: list, hybrid: pieces })
        const content = parseInfo(built)
        const ordered = inTreeOrder(list)
        expect(content.files.map(({ path }) => path)).toEqual(ordered.map(({ path }) => path))
        for (const [i, each] of content.files.entries()) {
          const { size, executable, hidden, symlink } = ordered[i]!
          expect(each).toMatchObject({ size, ...(symlink && { symlink }) })
          expect([each.executable ?? false, each.hidden ?? false]).toEqual([executable, hidden])
        }
        const again = buildInfo({ name: title, pieceLength, files: content.files, hybrid: content.v1Pieces })
        expect(toHex(again)).toBe(toHex(built))
        const padded = list.reduce(
          (sum, { size }) => sum + size + paddingAfter(size, list.length, pieceLength),
          0,
        )
        if (v1Too) expect(content.v1Size).toBe(padded)
      },
    ),
    { numRuns: 60 },
  )
})

test('a source and the private flag are part of the info dictionary', () => {
  const files = [{ path: ['a'], size: 0 }]
  const plain = parseInfo(buildInfo({ name: 'x', pieceLength: 16_384, files }))
  const told = parseInfo(
    buildInfo({ name: 'x', pieceLength: 16_384, files, private: true, source: 'tracker' }),
  )
  expect([plain.isPrivate, plain.source]).toEqual([false, undefined])
  expect([told.isPrivate, told.source]).toEqual([true, 'tracker'])
})
