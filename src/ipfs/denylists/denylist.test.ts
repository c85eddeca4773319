import fc from 'fast-check'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { concat, PeerageError, sha256, sha512, toBase58, toHex, utf8 } from '../../base/index.ts'
import { parseName } from '../../content/index.ts'
import { type Asked, Denylist, denylistLimits } from './denylist.ts'
import { maxHeaderLength } from './denylist-header.ts'

const limits = { maxRules: 100 }

/** The example of the specification, its addresses as they stand there. */
const example = Denylist.of(
  `version: 1
name: Example IPFSCorp blocking list
hints:
  hint: value
  gateway_status: 410
---
# Blocking by CID is codec-agnostic (blocks by multihash).
/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq
/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test*
/ipfs/QmTuvSQbEDR3sarFAN9kAeXBpiBCyYYNxdxciazBba11eC/test/* gateway_status=451

/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked*
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/not
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions*
/ipns/domain.example
/ipns/domain2.example/path
/ipns/k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf
//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM
//gW813G35CnLsy7gRYYHuf63hrz71U1xoLFDVeV7actx6oX
//d9d295bde21f422d471a90f2a37ec53049fdf3e5fa3ee2e8f20e10003da429e7
//c555c4de78827ba42527dd3dc5398db38d6c0a8c345a88e0158b2d100f317e50
//3f8b9febd851873b3774b937cce126910699ceac56e72e64b866f8e258d09572
this is no rule
`,
  limits,
)

function asked(text: string): Asked {
  const [, kind, head, ...path] = text.split('/')
  if (kind === 'ipfs') return { root: CID.parse(head!), path }
  const name = parseName(head!)
  return { root: name.kind === 'domain' ? { domain: name.domain } : { multihash: name.multihash }, path }
}

const denied = (text: string): number | undefined => {
  const verdict = example.verdict(asked(text))
  return verdict?.isDenied === true ? verdict.status : undefined
}

test.each([
  ['/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq', 410],
  ['/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq/sub', undefined],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test', 410],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/testing/deep', 410],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2', undefined],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/tes', undefined],
  ['/ipfs/QmTuvSQbEDR3sarFAN9kAeXBpiBCyYYNxdxciazBba11eC/test/a', 451],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked', 410],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/more', 410],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot', undefined],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions1', undefined],
  ['/ipns/domain.example', 410],
  ['/ipns/domain2.example', undefined],
  ['/ipns/domain2.example/path', 410],
  ['/ipns/k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf', 410],
  // Hashed twice, in the new way by multihash.
  ['/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR', 410],
  ['/ipfs/bafybeidjwik6im54nrpfg7osdvmx7zojl5oaxqel5cmsz46iuelwf5acja', 410],
  ['/ipfs/bafyb4ieqht3b2rssdmc7sjv2cy2gfdilxkfh7623nvndziyqnawkmo266a/path', 410],
  ['/ipfs/bafyb4ieqht3b2rssdmc7sjv2cy2gfdilxkfh7623nvndziyqnawkmo266a/path2', undefined],
  // And in the old one, by CID.
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e', 410],
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/path', 410],
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/other', undefined],
  ['/ipns/bad-domain-name.tld', 410],
])('%s: %s', (text, status) => {
  expect(denied(text)).toBe(status)
})

test('lines that are no rules are told', () => {
  expect(example.junk).toEqual([24])
  expect(example.size).toBe(15)
})

test('hints of the header hold for every rule, and those of a rule win', () => {
  const list = Denylist.of(
    'hints:\n  gateway_status: 451\n---\n/ipns/a.example\n/ipns/b.example gateway_status=410\n',
    limits,
  )
  expect(list.verdict(asked('/ipns/a.example'))?.status).toBe(451)
  expect(list.verdict(asked('/ipns/b.example'))?.status).toBe(410)
})

test('a domain hashed in the new way', () => {
  const hashed = toBase58(concat([Uint8Array.of(0x12, 32), sha256(utf8('/ipns/c.example/a'))]))
  const list = Denylist.of(`//${hashed}\n`, limits)
  expect(list.verdict(asked('/ipns/c.example/a'))?.isDenied).toBe(true)
  expect(list.verdict(asked('/ipns/c.example'))).toBeUndefined()
})

test('another version and too many rules are refused', () => {
  expect(() => Denylist.of('version: 2\n---\n', limits)).toThrow(PeerageError)
  expect(() => Denylist.of('/ipns/a.example\n'.repeat(101), limits)).toThrow('more than 100')
})

test.each([
  ['hints:\n  gateway_status: 451 # by law\n', 451],
  ['hints:\n\n  # more\n  other: x\n  "gateway_status": "451"\nname: x\n', 451],
  ['name: x\nhints: { a: b, gateway_status: 451 }\n', 451],
  ["version: '1'\n# a comment\nother:\n  gateway_status: 451\n", 410],
])('a header %j', (header, status) => {
  const list = Denylist.of(`${header}---\n\n/ipns/a.example\njunk\n`, limits)
  expect(list.verdict(asked('/ipns/a.example'))?.status).toBe(status)
  // Lines are counted from the beginning of the file.
  expect(list.junk).toEqual([header.split('\n').length + 3])
})

test('a header that is none', () => {
  expect(() => Denylist.of('name: x\n]this is no YAML\n---\n', limits)).toThrow('Line 2 of its header')
  expect(() => Denylist.of('version: "2"\n---\n', limits)).toThrow('version')
  // Without an end within a mebibyte all of it are rules.
  const long = `name: x\n${'#\n'.repeat(maxHeaderLength / 2)}---\n/ipns/a.example\n`
  const list = Denylist.of(long, limits)
  expect(list.verdict(asked('/ipns/a.example'))?.isDenied).toBe(true)
  expect(list.junk).toEqual([1, maxHeaderLength / 2 + 2])
})

test('hints of a rule, as the specification and as Kubo write them', () => {
  const list = Denylist.of(
    '/ipns/a.example x:y gateway_status:451\n/ipns/b.example gateway_status=451\n',
    limits,
  )
  for (const name of ['a', 'b']) expect(list.verdict(asked(`/ipns/${name}.example`))?.status).toBe(451)
})

test('hashed twice by another function, by another length, and the name of a key in the old way', () => {
  const key = 'k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf'
  const inBase32 = CID.parse(key, base36).toString(base32)
  const hashed = (code: number, digest: Uint8Array): string =>
    toBase58(concat([Uint8Array.of(code, digest.length), digest]))
  const list = Denylist.of(
    [
      `//${hashed(0x13, sha512(utf8('/ipns/a.example')))}`,
      `//${hashed(0x1e, new Uint8Array(64))}`,
      `//${toHex(sha256(utf8(`${inBase32}/`)))}`,
    ].join('\n'),
    limits,
  )
  expect(list.verdict(asked('/ipns/a.example'))?.isDenied).toBe(true)
  expect(list.verdict(asked(`/ipns/${key}`))?.isDenied).toBe(true)
  expect(list.junk).toEqual([2])
})

test('all behind a CID, and a later rule that allows some of it, hashed as it may be', () => {
  const root = 'QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR'
  const hashed = toBase58(concat([Uint8Array.of(0x12, 32), sha256(utf8(`${root}/b`))]))
  const list = Denylist.of(`/ipfs/${root}/*\n!/ipfs/${root}/a%20b/\n!//${hashed}\n`, limits)
  const isDenied = (path: string) => list.verdict(asked(`/ipfs/${root}${path}`))?.isDenied
  expect([isDenied(''), isDenied('/c/d'), isDenied('/a b'), isDenied('/b')]).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('lines that are too long are no rules, and no more of them are told than somebody reads', () => {
  const long = `/ipns/a.example x:${'y'.repeat(denylistLimits.line)}\n/ipns/b.example\n`
  const list = Denylist.of(long, limits)
  expect([list.junk, list.size]).toEqual([[1], 1])
  // What names nothing is not decoded at length.
  for (const rule of [`/ipfs/z${'2'.repeat(1_000_000)}`, `//${'2'.repeat(1_000_000)}`])
    expect(Denylist.of(`${rule}\n`, limits).junk).toEqual([1])
  expect(Denylist.of(`/ipns/a.example/${'/'.repeat(1_000_000)}b\n`, limits).size).toBe(1)
  expect(Denylist.of('x\n'.repeat(denylistLimits.junk + 5), limits).junk).toHaveLength(denylistLimits.junk)
})

test('a long list lets others have their turn, and a long line or header is no work', () => {
  const step = Denylist.bySteps('/ipns/a.example\n'.repeat(10_000), { maxRules: 10_000 })
  let steps = 0
  for (;;) {
    const { done, value } = step.next()
    if (done) {
      expect([value.size, steps]).toEqual([10_000, 9])
      break
    }
    steps++
  }
  // Hints are looked for right behind a rule.
  const hint = 'gateway_status=451'
  const [near, far] = [
    `/ipns/a.example ${hint}${' x'.repeat(500_000)}`,
    `/ipns/b.example${' x'.repeat(500_000)} ${hint}`,
  ]
  const list = Denylist.of(`${near}\n${far}\n`, limits)
  expect(['a', 'b'].map(name => list.verdict(asked(`/ipns/${name}.example`))?.status)).toEqual([451, 410])
  expect(() => Denylist.of(`${'#\n'.repeat(100_000)}---\n`, limits)).toThrow('Its header has')
})

test('random lists are read', () => {
  const what = asked('/ipfs/bafkqaaa')
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), text => {
      try {
        Denylist.of(text, limits).verdict(what)
      } catch (error) {
        expect(error).toBeInstanceOf(PeerageError)
      }
    }),
  )
})
