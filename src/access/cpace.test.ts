import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8, VirtualWorld } from '../base/index.ts'
import { CPace, type CPaceInputs, generator, multiplyVerified } from './cpace.ts'

const world = new VirtualWorld(1)
const inputs: CPaceInputs = {
  password: utf8('Password'),
  channel: utf8('oc\x0bB_responder\x0bA_initiator'),
  session: fromHex('7e4b4791d6a8ef019b936c79fb7f2c57'),
}
/** draft-irtf-cfrg-cpace, "Test vector for CPace using group ristretto255 and hash SHA-512". */
const vector = {
  generator: 'a6fc82c3b8968fbb2e06fee81ca858586dea50d248f0c7ca6a18b0902a30b36b',
  ya: 'da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08',
  shareA: 'd40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a',
  yb: 'd2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d',
  shareB: '08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307',
  secret: 'e22b1ef7788f661478f3cddd4c600774fc0f41e6b711569190ff88fa0e607e09',
  key: '4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1',
}
const scalarOf = (hex: string): bigint => BigInt(`0x${toHex(fromHex(hex).reverse())}`)
const sideA = (): CPace => new CPace(world, inputs, utf8('ADa'), scalarOf(vector.ya))
const sideB = (): CPace => new CPace(world, inputs, utf8('ADb'), scalarOf(vector.yb))

describe('the vectors of the draft', () => {
  it('gives its generator', () => {
    expect(toHex(generator(inputs).toBytes())).toBe(vector.generator)
  })

  it('gives its shares, its secret point and its key, on both sides', () => {
    const [a, b] = [sideA(), sideB()]
    expect(toHex(a.own.share)).toBe(vector.shareA)
    expect(toHex(b.own.share)).toBe(vector.shareB)
    expect(toHex(multiplyVerified(scalarOf(vector.ya), b.own.share)!)).toBe(vector.secret)
    expect(toHex(a.initiate(b.own)!.key)).toBe(vector.key)
    expect(toHex(b.respond(a.own)!.key)).toBe(vector.key)
  })

  it('multiplies, and refuses what is no element and the neutral one', () => {
    const scalar = scalarOf('7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05')
    const valid = fromHex('2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c')
    expect(toHex(multiplyVerified(scalar, valid)!)).toBe(
      '7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e',
    )
    const invalid = fromHex('2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c')
    expect(multiplyVerified(scalar, invalid)).toBeUndefined()
    expect(multiplyVerified(scalar, new Uint8Array(32))).toBeUndefined()
  })
})

describe('two sides', () => {
  const run = (
    change: { a?: Partial<CPaceInputs>; b?: Partial<CPaceInputs>; seenByB?: Uint8Array } = {},
  ): { a: string; b: string } => {
    const a = new CPace(world, { ...inputs, ...change.a }, utf8('a'))
    const b = new CPace(world, { ...inputs, ...change.b }, utf8('b'))
    const atA = a.initiate(b.own)!
    const atB = b.respond({ ...a.own, ...(change.seenByB && { data: change.seenByB }) })!
    return { a: toHex(atA.initiatorTag) + toHex(atA.key), b: toHex(atB.initiatorTag) + toHex(atB.key) }
  }

  it('agree when they know the same', () => {
    const { a, b } = run()
    expect(a).toBe(b)
    expect(run().a).not.toBe(a)
  })

  it.each<[string, Parameters<typeof run>[0]]>([
    ['other passwords', { b: { password: utf8('password') } }],
    ['another channel', { b: { channel: utf8('7') } }],
    ['another session', { b: { session: utf8('s') } }],
    ['a name that was swapped in between', { seenByB: utf8('m') }],
  ])('do not with %s', (_what, change) => {
    const { a, b } = run(change)
    expect(a).not.toBe(b)
  })

  it('confirm with tags that differ, so that neither can be handed back', () => {
    const [a, b] = [sideA(), sideB()]
    const key = a.initiate(b.own)!
    expect(toHex(key.initiatorTag)).not.toBe(toHex(key.responderTag))
    expect(toHex(b.respond(a.own)!.responderTag)).toBe(toHex(key.responderTag))
  })

  it('end on shares that are no elements of the group', () => {
    // Points of Ed25519, those of low order among them, are not encodings of ristretto255.
    const torsion = fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
    const shares = [
      new Uint8Array(32),
      new Uint8Array(32).fill(255),
      torsion,
      ed25519.Point.BASE.toBytes(),
      new Uint8Array(31),
      new Uint8Array(0),
      createHash('sha512').update('x').digest(),
    ]
    for (const share of shares) expect(sideA().initiate({ share, data: utf8('b') })).toBeUndefined()
  })

  it('use a scalar once', () => {
    const [a, b] = [sideA(), sideB()]
    a.initiate(b.own)
    expect(() => a.initiate(b.own)).toThrow(TypeError)
  })
})
