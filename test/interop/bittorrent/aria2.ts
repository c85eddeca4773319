import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, follow } from '../../../bench/child.ts'
import { type PeerOptions, type Program, patienceMs } from './peer.ts'

const port = 6881
const pollMs = 50

/** aria2 1.36: v1 over TCP only. One process a torrent, so a peer here seeds or fetches once. */
export const aria2: Program = {
  name: 'aria2',
  versions: ['v1'], // Of a hybrid it computes another info hash: it loses the empty keys of the file tree.
  missing() {
    try {
      execFileSync('aria2c', ['--version'], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'aria2c is not installed (apt-get install aria2)'
    }
  },
  async start({ lab, host, home, address }, options) {
    const flag = join(home, 'complete')
    const hook = join(home, 'complete.sh')
    await writeFile(hook, `#!/bin/sh\ntouch '${flag}'\n`)
    await chmod(hook, 0o755)
    let child: Child | undefined
    let said = ''
    const start = (...words: readonly string[]): Child => {
      child = follow(['aria2c', ...wordsOf(options), ...words], command => {
        const process = lab.run(host, command, { cwd: home })
        process.stdout?.on('data', chunk => {
          said = (said + chunk).slice(-4000)
        })
        return process
      })
      return child
    }
    return {
      endpoint: `${address}:${port}`,
      async seed(torrent, folder) {
        start('--check-integrity=true', '--bt-seed-unverified=false', `--dir=${folder}`, torrent)
      },
      async fetch({ torrent, magnet }, folder) {
        start(`--dir=${folder}`, `--on-bt-download-complete=${hook}`, torrent ?? magnet ?? '')
        const deadline = performance.now() + patienceMs
        while (!existsSync(flag)) {
          if (performance.now() > deadline) throw new Error(`aria2 is not done: ${said}`)
          await pause(pollMs)
        }
      },
      log: async () => said,
      async [Symbol.asyncDispose]() {
        await child?.kill('SIGKILL')
      },
    }
  },
}

function wordsOf({ encrypted, lsd }: PeerOptions): readonly string[] {
  return [
    '--no-conf',
    '--enable-dht=false',
    '--enable-dht6=false',
    `--bt-enable-lpd=${lsd ?? false}`,
    '--seed-ratio=0',
    '--file-allocation=none',
    `--listen-port=${port}`,
    '--console-log-level=info',
    '--summary-interval=0',
    ...(encrypted ? ['--bt-require-crypto=true', '--bt-min-crypto-level=arc4'] : []),
  ]
}
