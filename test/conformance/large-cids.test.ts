import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { concat, utf8 } from '../../src/base/index.ts'
import {
  type BuildOptions,
  type DagChild,
  DirectoryBuilder,
  FileBuilder,
  leafFrame,
  type UnixFsProfile,
  unixFsProfiles,
} from '../../src/content/index.ts'
import { largeCids, largeFileBytes, manyContent, manyNames, stripeKinds } from './large-cids.ts'

const profiles = Object.values(unixFsProfiles)
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const quiet = (profile: UnixFsProfile): BuildOptions => ({ profile, hash: sha256, emit: () => undefined })

function hashOf(profile: UnixFsProfile, leaf: Uint8Array): Uint8Array {
  const { before, after } = leafFrame(profile, leaf.length)
  return sha256(concat([before, leaf, after]))
}

/** Each kind of leaf is hashed once. */
function leafHashes(profile: UnixFsProfile): (fill: number, length: number) => Uint8Array {
  const known = new Map<string, Uint8Array>()
  return (fill, length) => {
    const key = `${fill} ${length}`
    const digest = known.get(key) ?? hashOf(profile, new Uint8Array(length).fill(fill))
    known.set(key, digest)
    return digest
  }
}

test.each(profiles)('a file of 5 GB has the CID that Kubo gives it: $name', { timeout: 120_000 }, profile => {
  const builder = new FileBuilder(quiet(profile))
  const digestOf = leafHashes(profile)
  const { leafBytes } = profile
  for (let at = 0; at < largeFileBytes; at += leafBytes) {
    const length = Math.min(leafBytes, largeFileBytes - at)
    builder.add(digestOf(Math.floor(at / 2 ** 20) % stripeKinds, length), length)
  }
  expect(builder.finish().cid.toString()).toBe(largeCids[profile.name].file)
})

test.each(profiles)(
  'a folder of 100,000 entries has the CID that Kubo gives it: $name',
  { timeout: 120_000 },
  profile => {
    const options = quiet(profile)
    const directory = new DirectoryBuilder(options)
    const file = fileOf(manyContent, options)
    for (const name of manyNames()) directory.add(name, file)
    expect(directory.finish().cid.toString()).toBe(largeCids[profile.name].folder)
  },
)

function fileOf(content: string, options: BuildOptions): DagChild {
  const bytes = utf8(content)
  const builder = new FileBuilder(options)
  builder.add(hashOf(options.profile, bytes), bytes.length)
  return builder.finish()
}
