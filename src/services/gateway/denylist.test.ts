import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { concat, sha256, toBase58, utf8 } from '../../base/index.ts'
import { parseName } from '../../content/index.ts'
import { type Asked, Denylist } from './denylist.ts'
import { GatewayFailure } from './failure.ts'

const limits = { maxRules: 100 }

/** The example of the specification, its addresses as they stand there. */
const example = new Denylist(
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
  const list = new Denylist(
    'hints:\n  gateway_status: 451\n---\n/ipns/a.example\n/ipns/b.example gateway_status=410\n',
    limits,
  )
  expect(list.verdict(asked('/ipns/a.example'))?.status).toBe(451)
  expect(list.verdict(asked('/ipns/b.example'))?.status).toBe(410)
})

test('a domain hashed in the new way', () => {
  const hashed = toBase58(concat([Uint8Array.of(0x12, 32), sha256(utf8('/ipns/c.example/a'))]))
  const list = new Denylist(`//${hashed}\n`, limits)
  expect(list.verdict(asked('/ipns/c.example/a'))?.isDenied).toBe(true)
  expect(list.verdict(asked('/ipns/c.example'))).toBeUndefined()
})

test('another version and too many rules are refused', () => {
  expect(() => new Denylist('version: 2\n---\n', limits)).toThrow(GatewayFailure)
  expect(() => new Denylist('/ipns/a.example\n'.repeat(101), limits)).toThrow('more than 100')
  expect(new Denylist(`/ipfs/${'a'.repeat(9000)}\n`, limits).junk).toEqual([1])
})

test('random lists are read', () => {
  const what = asked('/ipfs/bafkqaaa')
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), text => {
      try {
        new Denylist(text, limits).verdict(what)
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayFailure)
      }
    }),
  )
})
