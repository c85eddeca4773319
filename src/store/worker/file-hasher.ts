import { createHash, type Hash, hash } from 'node:crypto'
import fs from 'node:fs'
import type { FoldJob, HashFilesJob, HashJob, HashResult } from '../io-jobs.ts'
import { BlockHasher } from './block-hasher.ts'
import { Failed } from './failed.ts'
import { checkStamp, openSource, pathOf, stampOf } from './open-files.ts'
import { addZeros } from './piece-hasher.ts'
import { hashFileLeaves, hashLeaves, hashLength, leafLength, reduceToRoot } from './tree.ts'

// Small enough to stay in the cache between reading and hashing.
const chunkBytes = 512 * 1024
const chunk = Buffer.allocUnsafeSlow(chunkBytes)

/** Hashes a stretch of a file. Throws `Failed('changed')` when the file is not, or not any more, what it was. */
export function hashStretch(job: HashJob): HashResult {
  const path = pathOf(job.file)
  const fd = openSource(path)
  try {
    const before = fs.fstatSync(fd)
    checkStamp(job.stamp, before, path)
    if (before.size !== job.fileSize) throw new Failed('changed', path)
    const result = job.layer === 'leaves' ? leavesOf(fd, job, path) : piecesOf(fd, job, path)
    if (job.isGrowing !== true) checkStamp(stampOf(before), fs.fstatSync(fd), path)
    return { ...result, stamp: stampOf(before) }
  } finally {
    fs.closeSync(fd)
  }
}

function leavesOf(fd: number, job: HashJob, path: string): Omit<HashResult, 'stamp'> {
  const out = Buffer.allocUnsafeSlow(leafCount(job.length) * hashLength)
  forEachChunk(fd, job.offset, job.length, path, (bytes, done) => {
    hashFileLeaves(bytes, out, done / leafLength)
  })
  return { hashes: out, sha1: undefined }
}

function piecesOf(fd: number, job: HashJob, path: string): Omit<HashResult, 'stamp'> {
  const pieces = Math.ceil(job.length / job.pieceLength)
  const leaves = Buffer.allocUnsafeSlow((leafCount(Math.min(job.pieceLength, job.length)) + 1) * hashLength)
  const hashes = Buffer.allocUnsafeSlow(pieces * hashLength)
  const sha1s = job.sha1 === undefined ? undefined : Buffer.allocUnsafeSlow(pieces * 20)
  const blocks = job.blocks && new BlockHasher(job.blocks, job.length)
  for (let piece = 0; piece < pieces; piece++) {
    const offset = job.offset + piece * job.pieceLength
    const length = Math.min(job.pieceLength, job.offset + job.length - offset)
    const v1 = sha1s === undefined ? undefined : createHash('sha1')
    forEachChunk(fd, offset, length, path, (bytes, done) => {
      hashFileLeaves(bytes, leaves, done / leafLength)
      v1?.update(bytes)
      blocks?.update(bytes)
    })
    reduceToRoot(leaves, 0, leafCount(length), job.height)
    hashes.set(leaves.subarray(0, hashLength), piece * hashLength)
    if (v1 !== undefined) sha1s?.set(padded(v1, length, job), piece * 20)
  }
  return { hashes, sha1: sha1s, blocks: blocks?.digest() }
}

function forEachChunk(
  fd: number,
  offset: number,
  length: number,
  path: string,
  visit: (bytes: Buffer, done: number) => void,
): void {
  for (let done = 0; done < length; ) {
    const want = Math.min(chunkBytes, length - done)
    readFully(fd, chunk, want, offset + done, path)
    visit(chunk.subarray(0, want), done)
    done += want
  }
}

function readFully(fd: number, into: Buffer, length: number, offset: number, path: string): void {
  for (let done = 0; done < length; ) {
    const count = fs.readSync(fd, into, done, length - done, offset + done)
    if (count === 0) throw new Failed('changed', path)
    done += count
  }
}

/** Hybrids (BEP 52 "upgrade path"): every file but the last is followed by zeros up to a whole piece. */
function padded(sha1: Hash, length: number, job: { sha1?: string | undefined; pieceLength: number }): Buffer {
  if (job.sha1 === 'padded') addZeros(sha1, job.pieceLength - length)
  return sha1.digest()
}

/** Hashes many files, each of at most one piece that fits one chunk. Failures stand in the list. */
export function hashSmallFile(job: HashFilesJob, index: number): HashResult {
  const { path, stamp, sha1 } = job.files[index]!
  const full = path === '' ? job.base : `${job.base}/${path}`
  if (stamp.size > chunkBytes || stamp.size > job.pieceLength)
    return hashStretch({
      op: 'hash',
      file: { id: 0, base: job.base, path },
      offset: 0,
      length: stamp.size,
      fileSize: stamp.size,
      pieceLength: job.pieceLength,
      height: heightOver(leafCount(stamp.size)),
      layer: 'pieces',
      sha1,
      blocks: job.blocks,
      stamp,
    })
  const fd = openSource(full)
  try {
    checkStamp(stamp, fs.fstatSync(fd), full)
    readFully(fd, chunk, stamp.size, 0, full)
    checkStamp(stamp, fs.fstatSync(fd), full)
  } finally {
    fs.closeSync(fd)
  }
  const bytes = chunk.subarray(0, stamp.size)
  const v1 =
    sha1 === undefined
      ? undefined
      : padded(createHash('sha1').update(bytes), bytes.length, { sha1, pieceLength: job.pieceLength })
  const blocks = job.blocks && new BlockHasher(job.blocks, bytes.length)
  blocks?.update(bytes)
  return { hashes: rootOfSmall(bytes), sha1: v1, blocks: blocks?.digest(), stamp }
}

function rootOfSmall(bytes: Buffer): Uint8Array {
  if (bytes.length <= leafLength) return hash('sha256', bytes, 'buffer')
  const count = leafCount(bytes.length)
  const leaves = Buffer.allocUnsafe((count + 1) * hashLength)
  hashLeaves(bytes, leaves, 0)
  reduceToRoot(leaves, 0, count, heightOver(count))
  return new Uint8Array(leaves.subarray(0, hashLength))
}

/** The root over one layer of a file's tree. */
export function rootOfLayer(hashes: Uint8Array, padLevel: number): Uint8Array {
  const count = hashes.length / hashLength
  const room = Buffer.allocUnsafeSlow(hashes.length + hashLength)
  room.set(hashes)
  reduceToRoot(room, 0, count, heightOver(count), padLevel)
  return new Uint8Array(room.subarray(0, hashLength))
}

/** One root for each group of hashes of a layer. */
export function fold({ hashes, level, each, height }: FoldJob): Uint8Array {
  const count = hashes.length / hashLength
  const roots = new Uint8Array(Math.ceil(count / each) * hashLength)
  const room = Buffer.allocUnsafe((each + 1) * hashLength)
  for (let at = 0; at < count; at += each) {
    const some = Math.min(each, count - at)
    room.set(hashes.subarray(at * hashLength, (at + some) * hashLength))
    reduceToRoot(room, 0, some, height, level)
    roots.set(room.subarray(0, hashLength), (at / each) * hashLength)
  }
  return roots
}

function leafCount(size: number): number {
  return Math.ceil(size / leafLength)
}

/** The least height of a tree with `count` leaves. */
function heightOver(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1)
}
