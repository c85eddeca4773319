import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/index.ts'
import { BloomFilter } from '../../src/bittorrent/dht/bloom-filter.ts'
import { verifyEd25519 } from '../../src/bittorrent/dht/ed25519.ts'
import { immutableItem, mutableTarget, signingInput, targetOf } from '../../src/bittorrent/dht/item.ts'

describe('BEP 33, "test vectors"', () => {
  it('gives the filter and the estimate of 1,256 addresses', () => {
    const filter = new BloomFilter()
    for (let i = 0; i < 256; i++) filter.add(`192.0.2.${i}`)
    for (let i = 0; i < 1_000; i++) filter.add(`2001:db8::${i.toString(16)}`)
    expect(toHex(filter.bytes)).toBe(
      `f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbae
       fe5eedb1fbfaff67f6abff5e43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b
       7ff3b8fdfcde1afb8bedd7be2f3ee71ebbbfe93bcdeefe148246c2bc5dbff7e7efdcf24f
       d8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1ff4ffffdfe5f7fdcbb7fd79b3
       fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cfdd6f7fd5
       bfaf2e9ebffffeecd67adbf7c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb57
       62abe8ff237279bfefbfeef5ffc5febfdfe5adffadfee1fb737ffffbfd9f6aeffeee76b6
       fd8f72ef`.replaceAll(/\s/g, ''),
    )
    expect(filter.estimate).toBeCloseTo(1224.9308, 3)
  })
})

describe('BEP 44, "test vectors"', () => {
  const publicKey = fromHex('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548')
  const { value } = immutableItem('Hello World!')

  it.each([
    [
      '',
      '3:seqi1e1:v12:Hello World!',
      '4a533d47ec9c7d95b1ad75f576cffc641853b750',
      '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01',
    ],
    [
      'foobar',
      '4:salt6:foobar3:seqi1e1:v12:Hello World!',
      '411eba73b6f087ca51a3795d9c8c938d365e32c1',
      '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08',
    ],
  ])('a mutable item with the salt "%s"', (salt, signed, target, signature) => {
    const input = signingInput(value, 1n, utf8(salt))
    expect(input).toEqual(utf8(signed))
    expect(toHex(mutableTarget(publicKey, utf8(salt)))).toBe(target)
    expect(verifyEd25519(publicKey, input, fromHex(signature))).toBe(true)
    expect(verifyEd25519(publicKey, signingInput(value, 2n, utf8(salt)), fromHex(signature))).toBe(false)
  })

  it('an immutable item', () => {
    expect(toHex(targetOf({ value }))).toBe('e5f96f6f38320f0f33959cb4d3d656452117aadb')
  })
})
