import { z } from '../base/index.ts'

/** How files are kept on disk. Every bound of `store/` is here. */
export interface StoreConfig {
  workers: number
  slabBytes: number
  openFilesPerWorker: number
  checkpointMs: number
  checkpointBytes: number
  syncOneByOne: number
  names: 'auto' | 'portable'
  maxFiles: number
  stateLogBytes: number
  cacheBytes: number
  maxBlockBytes: number
}

export const storeConfig: z.ZodType<StoreConfig> = z.object({
  workers: z.int().min(1).max(16).default(2).describe('Threads that hash, verify, read and write.'),
  slabBytes: z
    .int()
    .min(2 ** 20)
    .max(2 ** 32)
    .default(64 * 2 ** 20)
    .describe('Memory for blocks on their way to the disk, in bytes; a multiple of 1 MiB.'),
  openFilesPerWorker: z.int().min(1).max(4096).default(64).describe('Files that one thread keeps open.'),
  checkpointMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(2000)
    .describe('Longest time between data written and the index saying so, in milliseconds.'),
  checkpointBytes: z
    .int()
    .min(2 ** 20)
    .default(128 * 2 ** 20)
    .describe('Bytes written after which the index is brought up to date early.'),
  syncOneByOne: z
    .int()
    .min(0)
    .default(32)
    .describe('Up to so many files are flushed one by one; for more the whole file system is (Linux).'),
  names: z
    .enum(['auto', 'portable'])
    .default('auto')
    .describe(
      'Names of downloaded files: `portable` fits every system, `auto` keeps what the target can hold.',
    ),
  maxFiles: z.int().min(1).default(1_000_000).describe('Most files in one content.'),
  stateLogBytes: z
    .int()
    .min(4096)
    .default(2 ** 20)
    .describe('Length from which the log of state is written anew when most of it is history, in bytes.'),
  cacheBytes: z
    .int()
    .min(0)
    .default(10 * 2 ** 30)
    .describe('Room for cached IPFS blocks, in bytes; what a pin holds counts and stays in any case.'),
  maxBlockBytes: z
    .int()
    .min(1)
    .max(2 ** 26)
    .default(2 ** 22)
    .describe('Longest IPFS block that is kept, in bytes.'),
})
