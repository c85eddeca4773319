import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, follow } from '../child.ts'
import { freePort } from './free-port.ts'
import type { TorrentPlace, TorrentProgram } from './program.ts'

const pollMs = 2

/** aria2, which knows v1 alone and is told addresses by trackers alone. */
export const aria2: TorrentProgram = {
  name: 'aria2',
  versions: ['v1'],
  encrypts: false,
  needsTracker: true,
  missing() {
    try {
      execFileSync('aria2c', ['--version'], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'aria2c is not installed (apt-get install aria2)'
    }
  },
  async seed(place) {
    const port = await freePort()
    const process = startOn(place, port, '--bt-seed-unverified=true', place.torrent)
    return {
      process,
      endpoint: `${place.address}:${port}`,
      [Symbol.asyncDispose]: () => process.kill('SIGKILL'),
    }
  },
  async receiver(place) {
    const { hook, file } = await completionHook(place.home)
    // It reads what to fetch when its input tells.
    const words = [`--on-bt-download-complete=${hook}`, '--input-file=-']
    const port = await freePort()
    const process = startOn(place, port, ...words)
    return {
      process,
      endpoint: `${place.address}:${port}`,
      async fetch() {
        process.say(place.torrent)
        process.endInput()
        while (!existsSync(file)) await pause(pollMs)
      },
      [Symbol.asyncDispose]: () => process.kill('SIGKILL'),
    }
  },
}

function startOn({ folder, start }: TorrentPlace, port: number, ...words: readonly string[]): Child {
  const command = [
    'aria2c',
    '--no-conf',
    '--quiet',
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--seed-ratio=0',
    '--file-allocation=none',
    `--listen-port=${port}`,
    `--dir=${folder}`,
    ...words,
  ]
  return follow(command, start)
}

/** A script that aria2 runs when all is there, and the file that it leaves. */
async function completionHook(home: string): Promise<{ hook: string; file: string }> {
  const hook = join(home, 'complete.sh')
  const file = join(home, 'complete')
  await writeFile(hook, `#!/bin/sh\ntouch '${file}'\n`)
  await chmod(hook, 0o755)
  return { hook, file }
}
