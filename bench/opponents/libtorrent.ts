import { execFileSync } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { follow } from '../child.ts'
import type { PreparedTransfer, TransferSystem } from '../transfer.ts'

/** Debian's, which has python3-libtorrent; a python3 earlier in the path may not. */
export const python: string = '/usr/bin/python3'
const driver = join(import.meta.dirname, 'libtorrent-driver.py')
const loopback = '127.0.0.1'

/** libtorrent 2.0 with a v2 torrent over unencrypted TCP: what Peerage, which encrypts, is measured against. */
export const libtorrent: TransferSystem = {
  name: 'libtorrent',
  missing: missingLibtorrent,
  async prepare(source, { home, into }): Promise<PreparedTransfer> {
    const torrent = join(home, `${basename(source)}.torrent`)
    const { seconds: shareSeconds } = await makeTorrent(source, torrent)
    const sender = follow(libtorrentCommand('seed', loopback, torrent, dirname(source)))
    const { port } = JSON.parse(await sender.line())
    const receiver = follow(libtorrentCommand('get', loopback, torrent, into))
    await receiver.line()
    return {
      sender,
      receiver,
      shareSeconds,
      async run() {
        receiver.say(`${loopback}:${port}`)
        const { seconds, firstByte } = JSON.parse(await receiver.line())
        return { seconds, firstByteSeconds: firstByte }
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([sender.kill(), receiver.kill()])
      },
    }
  },
}

/** Says what keeps libtorrent from running here, or undefined. */
export function missingLibtorrent(): string | undefined {
  try {
    execFileSync(python, ['-c', 'import libtorrent'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'libtorrent for Python is not installed (apt-get install python3-libtorrent)'
  }
}

/** What making a torrent took: the seconds of the hashing alone, the rest of the whole process. */
export interface TorrentCost {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemory: number
}

/** What a torrent file is to be; of version 2, without tracker and web seed unless it says otherwise. */
export interface TorrentOptions {
  readonly version?: 'v1' | 'v2'
  readonly tracker?: string
  readonly webSeed?: string
}

/** Hashes a file or folder into a torrent file. */
export async function makeTorrent(
  source: string,
  torrent: string,
  { version = 'v2', tracker = '', webSeed = '' }: TorrentOptions = {},
): Promise<TorrentCost> {
  await using maker = follow(libtorrentCommand('make', source, torrent, version, tracker, webSeed))
  return JSON.parse(await maker.line())
}

/** The command line of one verb of the driver. */
export function libtorrentCommand(...args: readonly string[]): readonly string[] {
  return [python, driver, ...args]
}
