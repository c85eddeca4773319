import { hash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { Batch, GetBlockJob, GivenBytes, Job, Stop, WorkerOptions } from '../io-jobs.ts'
import { Acceptor } from './acceptor.ts'
import { getBlock, putBlock } from './block-files.ts'
import { clearFolders, move, place, remove, scan, statAll } from './disk-jobs.ts'
import { failureOf } from './failed.ts'
import { fold, hashSmallFile, hashStretch, rootOfLayer } from './file-hasher.ts'
import { writeLeaf } from './leaf-writer.ts'
import { copyStretch, renameFiles, settleCopy, takeParts } from './move-jobs.ts'
import { OpenFiles } from './open-files.ts'
import { ParentChecker } from './parent-checker.ts'
import { hashPieces } from './piece-hasher.ts'
import { Reader } from './reader.ts'
import { releaseMemory } from './release-memory.ts'
import { readContent, readTorrentFile } from './torrent-reader.ts'

// Answers leave in bunches: soon enough that leases come back and peers do not wait, rarely enough to be cheap.
const answerAfterMs = 1
const answerAfterBytes = 2 * 2 ** 20
const largeBytes = 2 ** 20

const options = workerData as WorkerOptions
const parents = new ParentChecker()
const files = new OpenFiles(options.openFiles, parents)
const acceptor = new Acceptor(files, parents)
const reader = new Reader(files)
const slabs: SharedArrayBuffer[] = []
let batchNumber = 0

parentPort?.on('message', (batch: Batch | Stop) => {
  if (batch === 'stop') return parentPort?.close()
  for (const { index, buffer } of batch.slabs) slabs[index] = buffer
  for (const index of batch.drop) delete slabs[index]
  for (const id of batch.forget) files.close(id)
  batchNumber++
  let answers: unknown[] = []
  let since = performance.now()
  for (const job of batch.jobs) {
    if (Atomics.load(options.stopped, 0) === 1) break
    perform(job, answers)
    if (performance.now() - since < answerAfterMs && reader.pendingBytes < answerAfterBytes) continue
    acceptor.flush()
    send(answers)
    answers = []
    since = performance.now()
  }
  acceptor.flush()
  if (answers.length > 0) send(answers)
  if (batch.jobs.some(isLargeReading)) setImmediate(releaseMemory)
})

/** Reading a dictionary of 60,000 files leaves 100 MB behind. */
function isLargeReading(job: Job): boolean {
  if (job.op === 'read-torrent') return job.bytes.length >= largeBytes
  return job.op === 'read-content' && job.info.length >= largeBytes
}

/** Adds exactly one answer for the job; that of a write in a run is filled in when the run is written. */
function perform(job: Job, answers: unknown[]): void {
  const slot = answers.length
  answers.push(undefined)
  try {
    if (job.op === 'accept') {
      const bytes = new Uint8Array(slabs[job.slab]!, job.at, job.length)
      acceptor.accept(job, bytes, result => {
        answers[slot] = result
      })
    } else answers[slot] = run(job)
  } catch (error) {
    answers[slot] = failureOf(error, 'path' in job && typeof job.path === 'string' ? job.path : '')
  }
}

function run(job: Exclude<Job, { op: 'accept' }>): unknown {
  switch (job.op) {
    case 'read':
      return job.into === undefined
        ? reader.read(job, batchNumber)
        : reader.readInto(job, batchNumber, slabs[job.into.slab]!, job.into.at)
    case 'hash':
      return hashStretch(job)
    case 'hash-files':
      return job.files.map((_, index) => hashSmallFile(job, index))
    case 'hash-pieces':
      acceptor.flush()
      return hashPieces(job)
    case 'put-block':
      return putBlock(job, given(job))
    case 'get-block':
      return readBlock(job)
    case 'write-leaf':
      return writeLeaf(job, given(job), files)
    case 'fold':
      return fold(job)
    case 'digest':
      return new Uint8Array(hash(job.algorithm, job.bytes, 'buffer'))
    case 'read-torrent':
      return readTorrentFile(job.bytes)
    case 'read-content':
      return readContent(job)
    case 'root':
      return rootOfLayer(job.hashes, job.padLevel)
    case 'finish':
      acceptor.flush()
      return acceptor.finish(job.file, job.mtimeMs)
    case 'place':
      return place(job, parents)
    case 'stat':
      return statAll(job)
    case 'scan':
      return scan(job)
    case 'move':
      return move(job, parents)
    case 'rename':
      return renameFiles(job, parents)
    case 'take-parts':
      return takeParts(job, parents)
    case 'copy-stretch':
      return copyStretch(job, parents)
    case 'settle-copy':
      return settleCopy(job, parents)
    case 'clear-folders':
      parents.forget()
      return clearFolders(job)
    case 'delete':
      parents.forget()
      return remove(job)
  }
}

/** Nothing travels back of what was read into shared memory. */
function readBlock(job: GetBlockJob): Uint8Array | undefined {
  const { into } = job
  if (into === undefined) return getBlock(job, length => reader.room(length))
  getBlock(job, length => new Uint8Array(slabs[into.slab]!, into.at, length))
  return undefined
}

function given({ bytes, slab, at, size }: GivenBytes): Uint8Array {
  return bytes ?? new Uint8Array(slabs[slab]!, at, size)
}

function send(answers: readonly unknown[]): void {
  parentPort?.postMessage(answers, reader.takeTransfers())
}
