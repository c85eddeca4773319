import type { WriteLeafJob, WriteLeafResult } from '../io-jobs.ts'
import { isRight } from './block-files.ts'
import type { OpenFiles } from './open-files.ts'
import { writeAll } from './part-writer.ts'
import { hashLeaves, hashLength, leafLength, reduceToRoot } from './tree.ts'

/** Writes the bytes of a file that a block has to all their places, when the block has the hash that it should. */
export function writeLeaf(job: WriteLeafJob, block: Uint8Array, files: OpenFiles): WriteLeafResult {
  if (!isRight(job, block)) return { ok: false }
  const bytes = block.subarray(job.begin, job.begin + job.length)
  const units = job.targets.map(({ file, offset, unit }) => {
    try {
      writeAll(files.forWriting(file), [bytes], offset)
    } catch (error) {
      files.close(file.id)
      throw error
    }
    return unit && unitsOf(bytes, unit)
  })
  return { ok: true, units }
}

/** Roots of the BEP 52 trees over each `length` bytes. */
function unitsOf(bytes: Uint8Array, { length, height }: { length: number; height: number }): Uint8Array {
  const count = Math.ceil(bytes.length / length)
  const roots = new Uint8Array(count * hashLength)
  const room = Buffer.allocUnsafe((length / leafLength + 1) * hashLength)
  for (let i = 0; i < count; i++) {
    const leaves = hashLeaves(bytes.subarray(i * length, (i + 1) * length), room, 0)
    reduceToRoot(room, 0, leaves, height)
    roots.set(room.subarray(0, hashLength), i * hashLength)
  }
  return roots
}
