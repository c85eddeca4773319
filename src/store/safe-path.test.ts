import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { foldName, pathLimits, safePaths } from './safe-path.ts'

const portable = { exact: false }
const exact = { exact: true }

function one(name: string, rules = portable): string {
  return safePaths([[name]], rules).paths[0]!
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
}

describe('names that would escape are refused', () => {
  it.each([
    ['..'],
    ['.'],
    [''],
    ['a/b'],
    ['/etc/passwd'],
    ['../x'],
    ['a\0b'],
    ['..\\..\\x'],
    ['\\\\server\\share'],
    ['C:\\Windows'],
    ['c:/x'],
    ['a\\..\\b'],
  ])('%j', name => {
    for (const rules of [portable, exact]) {
      expect(codeOf(() => one(name, rules))).toBe('path.unsafe')
      expect(codeOf(() => safePaths([['folder', name, 'file']], rules))).toBe('path.unsafe')
    }
  })

  it('and so are empty, too deep and too long paths', () => {
    expect(codeOf(() => safePaths([[]], portable))).toBe('path.unsafe')
    const deep = Array.from({ length: pathLimits.depth + 1 }, () => 'a')
    expect(codeOf(() => safePaths([deep], portable))).toBe('path.unsafe')
    const long = Array.from({ length: 100 }, () => 'a'.repeat(100))
    expect(codeOf(() => safePaths([long], portable))).toBe('path.unsafe')
  })
})

describe('names that only look or work wrong are mapped', () => {
  it.each([
    ['CON', '_CON'],
    ['con.x.y', '_con.x.y'],
    ['NUL .txt', '_NUL .txt'],
    ['COM1', '_COM1'],
    ['lpt².log', '_lpt².log'],
    ['CONIN$', '_CONIN$'],
    ['a:b', 'a_b'],
    ['what?', 'what_'],
    ['a\\b', 'a_b'],
    ['trailing.', 'trailing_'],
    ['trailing  ', 'trailing__'],
    ['...', '___'],
    ['invoice\u202efdp.exe', 'invoice_fdp.exe'],
    ['a\u0007b\u009bc\u007f', 'a_b_c_'],
    ['x\u2066y\u200by', 'x_y_y'],
    ['half\ud800', 'half_'],
    ['console.log', 'console.log'],
    ['Ünïcödé 名前 👩‍👩‍👧.txt', 'Ünïcödé 名前 👩‍👩‍👧.txt'],
    ['.hidden', '.hidden'],
    ['-rf', '-rf'],
  ])('%j becomes %j', (name, mapped) => {
    expect(one(name)).toBe(mapped)
  })

  it('keeps what the target can hold when it can', () => {
    for (const name of ['File::Spec.3.gz', 'R.E.M.', 'a?b', 'system\\x2d.slice'])
      expect(one(name, exact)).toBe(name)
    expect(one('aux.c', exact)).toBe('_aux.c')
    expect(one('a\u202eb', exact)).toBe('a_b')
  })

  it('cuts over-long names, differently for different ones, and keeps the extension', () => {
    const a = one(`${'a'.repeat(5000)}.tar`)
    const b = one(`${'a'.repeat(5001)}.tar`)
    expect(utf8(a).length).toBeLessThanOrEqual(255)
    expect(a).toMatch(/~[0-9a-f]{8}\.tar$/)
    expect(a).not.toBe(b)
    const wide = safePaths([['名'.repeat(85)]], portable)
    expect(wide.paths[0]).toBe('名'.repeat(85))
    expect(utf8(wide.partPath(0)).length).toBeLessThanOrEqual(255)
  })
})

describe('collisions', () => {
  it('of case and of Unicode get a number, in order', () => {
    const { paths } = safePaths([['README.md'], ['Readme.md'], ['readme.md']], portable)
    expect(paths).toEqual(['README.md', 'Readme (2).md', 'readme (3).md'])
    expect(safePaths([['caf\u00e9'], ['cafe\u0301']], portable).paths).toEqual([
      'caf\u00e9',
      'cafe\u0301 (2)',
    ])
    expect(safePaths([['a:b'], ['a_b'], ['a_b (2)']], portable).paths).toEqual([
      'a_b',
      'a_b (2)',
      'a_b (2) (2)',
    ])
  })

  it('of folders keep their files together', () => {
    const { paths } = safePaths(
      [
        ['Docs', 'a'],
        ['docs', 'a'],
        ['Docs', 'b'],
      ],
      portable,
    )
    expect(paths).toEqual(['Docs/a', 'docs (2)/a', 'Docs/b'])
  })

  it('do not exist where the target tells the names apart', () => {
    expect(safePaths([['A'], ['a']], exact).paths).toEqual(['A', 'a'])
  })

  it('never give a part the name of another file', () => {
    const layout = safePaths([['x'], ['x.part']], exact)
    expect(layout.paths).toEqual(['x', 'x.part'])
    expect(layout.partPath(0)).toBe('x (2).part')
    expect(layout.partPath(1)).toBe('x.part.part')
  })

  it('in hostile numbers take linear time', () => {
    const names = Array.from({ length: 20_000 }, (_, i) =>
      Array.from({ length: 15 }, (_, bit) => ((i >> bit) & 1 ? 'A' : 'a')).join(''),
    )
    const from = performance.now()
    const { paths } = safePaths(
      names.map(name => [name]),
      portable,
    )
    expect(new Set(paths.map(foldName)).size).toBe(20_000)
    expect(performance.now() - from).toBeLessThan(5000)
  })
})

it('finds where the target of a symlink stands', () => {
  const layout = safePaths(
    [
      ['con', 'a:b'],
      ['x', 'y'],
    ],
    portable,
  )
  expect(layout.find(['con', 'a:b'])).toBe('_con/a_b')
  expect(layout.find(['con'])).toBe('_con')
  expect(layout.find(['con', 'new?'])).toBe('_con/new_')
  expect(codeOf(() => layout.find(['..', 'x']))).toBe('path.unsafe')
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom(
    '.',
    '..',
    'CON',
    'aux.h',
    'a',
    'A',
    'a.part',
    'A.PART',
    '\u202e',
    'e\u0301',
    '\u00e9',
    'x ',
    'x.',
  ),
)

it('property: every path stays below the root, fits, shows nothing hidden, and is no other file', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(hostile, { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
      fc.boolean(),
      (files, isExact) => {
        const good = files.filter(path => codeOf(() => safePaths([path], { exact: isExact })) === undefined)
        const layout = safePaths(good, { exact: isExact })
        expect(safePaths(good, { exact: isExact }).paths).toEqual(layout.paths)
        const all = [...layout.paths, ...good.map((_, i) => layout.partPath(i))]
        const key = isExact ? (path: string) => path : foldName
        expect(new Set(all.map(key)).size).toBe(all.length)
        for (const path of all) {
          for (const name of path.split('/')) {
            expect(['', '.', '..']).not.toContain(name)
            expect(utf8(name).length).toBeLessThanOrEqual(255)
            // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is tested
            expect(name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
            expect(name.isWellFormed()).toBe(true)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

it('maps a name of 400,000 dots and spaces at once', () => {
  const began = process.threadCpuUsage()
  const { paths } = safePaths([[`${'. '.repeat(200_000)}x`], ['a. . ']], { exact: false })
  const { user, system } = process.threadCpuUsage(began)
  expect((user + system) / 1_000).toBeLessThan(1_000)
  expect(paths[1]).toBe('a____')
})
