import { createCipheriv, hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { concat, utf8 } from '../../src/base/index.ts'
import { DirectoryBuilder, FileBuilder, leafFrame, type UnixFsProfile } from '../../src/content/index.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const quiet = (profile: UnixFsProfile) => ({ profile, hash: sha256, emit: () => undefined })

/** The bytes that the makers of the vectors of IPIP-499 took: ChaCha20 under the SHA-256 of a seed, nonce 0. */
export function* vectorBytes(seed: string, chunkBytes: number): Generator<Uint8Array> {
  const cipher = createCipheriv('chacha20', sha256(utf8(seed)), new Uint8Array(16))
  for (;;) yield cipher.update(new Uint8Array(chunkBytes))
}

/** The CID of so many leaves of such bytes. */
export function vectorFile(profile: UnixFsProfile, leaves: number, seed: string): CID {
  const builder = new FileBuilder(quiet(profile))
  const { before, after } = leafFrame(profile, profile.leafBytes)
  const bytes = vectorBytes(seed, profile.leafBytes)
  for (let i = 0; i < leaves; i++) {
    const leaf = bytes.next().value as Uint8Array
    builder.add(sha256(before.length === 0 ? leaf : concat([before, leaf, after])), leaf.length)
  }
  return builder.finish().cid
}

const letters = 'abcdefghijklmnopqrstuvwxyz01234567890-_'

/** The CID of a folder of files that hold an `x` each, with names of a length, the last one of its own. */
export function vectorFolder(
  profile: UnixFsProfile,
  { files, name, last = name, seed }: { files: number; name: number; last?: number; seed: string },
): CID {
  const options = quiet(profile)
  const file = new FileBuilder(options)
  const { before, after } = leafFrame(profile, 1)
  file.add(sha256(concat([before, utf8('x'), after])), 1)
  const child = file.finish()
  const folder = new DirectoryBuilder(options)
  const bytes = vectorBytes(seed, 1)
  for (let i = 0; i < files; i++) {
    const length = i === files - 1 ? last : name
    const text = Array.from(
      { length },
      () => letters[(bytes.next().value as Uint8Array)[0]! % letters.length],
    )
    folder.add(text.join(''), child)
  }
  return folder.finish().cid
}
