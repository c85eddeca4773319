import { createHash } from 'node:crypto'
import type { AcceptJob } from '../io-jobs.ts'
import { addZeros } from './piece-hasher.ts'
import { hashLeaves, hashLength, leafLength, reduceToRoot } from './tree.ts'

export type Verification =
  /** `leaves` where they were asked for. */
  | { readonly ok: true; readonly leaves: Uint8Array | undefined }
  /** The SHA-256 of each 16 KiB: shows who lied, at once (BEP 52) or when the true bytes are here (v1). */
  | { readonly ok: false; readonly leaves: Uint8Array }

/** Compares bytes with the hash that they should have: a merkle root (BEP 52) or the SHA-1 of a piece (BEP 3). */
export class Verifier {
  #scratch = Buffer.allocUnsafeSlow((64 + 1) * hashLength)

  verify(job: AcceptJob, bytes: Uint8Array): Verification {
    return job.expected.length === 20 ? this.#bySha1(job, bytes) : this.#byRoot(job, bytes)
  }

  #byRoot({ expected, height, file, wantLeaves }: AcceptJob, bytes: Uint8Array): Verification {
    const count = this.#hashLeaves(bytes)
    const leaves = new Uint8Array(this.#scratch.subarray(0, count * hashLength))
    reduceToRoot(this.#scratch, 0, count, height ?? file!.segmentHeight)
    if (this.#scratch.compare(expected, 0, hashLength, 0, hashLength) !== 0) return { ok: false, leaves }
    return { ok: true, leaves: wantLeaves ? leaves : undefined }
  }

  #bySha1(job: AcceptJob, bytes: Uint8Array): Verification {
    clearPadding(job, bytes)
    const sha1 = createHash('sha1').update(bytes)
    addZeros(sha1, job.padding ?? 0)
    const ok = sha1.digest().compare(job.expected) === 0
    if (ok && job.wantLeaves !== true) return { ok, leaves: undefined }
    const count = this.#hashLeaves(bytes)
    return { ok, leaves: new Uint8Array(this.#scratch.subarray(0, count * hashLength)) }
  }

  #hashLeaves(bytes: Uint8Array): number {
    const needed = (Math.ceil(bytes.length / leafLength) + 1) * hashLength
    if (this.#scratch.length < needed) this.#scratch = Buffer.allocUnsafeSlow(needed)
    return hashLeaves(bytes, this.#scratch, 0)
  }
}

/** Padding is zero (BEP 47) and is read as zero later: what a peer sent in its place must not count. */
function clearPadding({ parts }: AcceptJob, bytes: Uint8Array): void {
  if (parts === undefined) return
  let at = 0
  for (const { begin, length } of parts) {
    if (begin > at) bytes.fill(0, at, begin)
    at = begin + length
  }
  bytes.fill(0, at)
}
