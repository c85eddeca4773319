// Trees that are too large for a test to make for real each time, and the CIDs that Kubo 0.43.1 gave them.
// Made again from nothing with `PEERAGE_KUBO_LARGE=1 npm run test:kubo -- odd-trees`: `ipfs config profile apply NAME`, then
// `ipfs add --only-hash --quieter`, of the file from its input, of the folder with `--recursive`.

import type { UnixFsProfile } from '../../src/content/index.ts'

const mebibyte = 2 ** 20
/** Stripes differ, so that leaves in a wrong order have another name; their number is prime, so that no node has the same leaves as another. */
export const stripeKinds = 251

/** Bytes of the large file: of MiB number `i` each is `i % 251`. */
export const largeFileBytes = 5_000_000_123

/** The bytes of a file like that, a MiB at a time. */
export function* stripes(bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += mebibyte)
    yield new Uint8Array(Math.min(mebibyte, bytes - at)).fill((at / mebibyte) % stripeKinds)
}

/** The names of 100,000 files in one folder, and what is in each of them. */
export function* manyNames(): Generator<string> {
  for (let at = 0; at < 100_000; at++) yield `file ${at}`
}
export const manyContent = 'the same'

export const largeCids: Readonly<
  Record<UnixFsProfile['name'], { readonly file: string; readonly folder: string }>
> = {
  'unixfs-v0-2015': {
    file: 'QmT7C8t8koc8gNBtDhUeBqJgM2ME8EowCaD74xnvYmVbNT',
    folder: 'Qmb1qMHxRMLXHAMrrVwrdcw88gxs8CCGYS2QQAPLY7UJGk',
  },
  'unixfs-v1-2025': {
    file: 'bafybeiecyt2f7jtxujwoahsk25k6xph3pcrqcwzaalxsqgro4ylfko7j34',
    folder: 'bafybeiaateqiitmljrkopyf3xkwkkdlzv6icmpemzxabwzjaouvtnfqahq',
  },
}
