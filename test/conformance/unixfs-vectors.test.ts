import { expect, it } from 'vitest'
import { legacyProfile, modernProfile } from '../../src/content/index.ts'
import { vectorFile, vectorFolder } from './unixfs-vectors.ts'

/** CIDs that IPIP-499 prints ("Test fixtures"). Its files of a gigabyte are in `test/interop`. */
const v0 = 'hamt-unixfs-v0-2015'
const v1 = 'hamt-unixfs-v1-2025'

it.each([
  [174, 'QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2'],
  [175, 'QmepeWtdmS1hHXx1oZXsPUv6bMrfRRKfZcoPPU4eEfjnbf'],
])('unixfs-v0-2015: a file of %d leaves', (leaves, cid) => {
  expect(vectorFile(legacyProfile, leaves, 'v0-seed').toString()).toBe(cid)
})

it.each([
  [
    'at the bound',
    legacyProfile,
    { files: 4_096, name: 30, seed: v0 },
    'QmX5GtRk3TSSEHtdrykgqm4eqMEn3n2XhfkFAis5fjyZmN',
  ],
  [
    'over the bound',
    legacyProfile,
    { files: 4_033, name: 31, seed: v0 },
    'QmeMiJzmhpJAUgynAcxTQYek5PPKgdv3qEvFsdV3XpVnvP',
  ],
  [
    'at the bound',
    modernProfile,
    { files: 4_766, name: 11, last: 21, seed: v1 },
    'bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4',
  ],
  [
    'over the bound',
    modernProfile,
    { files: 4_766, name: 11, last: 22, seed: v1 },
    'bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu',
  ],
] as const)('a folder %s of sharding, %o', (_what, profile, shape, cid) => {
  expect(vectorFolder(profile, shape).toString()).toBe(cid)
})
