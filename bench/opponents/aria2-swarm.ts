import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, follow } from '../child.ts'
import type { SwarmPlace, SwarmSystem } from '../swarm-system.ts'
import { makeTorrent, missingLibtorrent, python } from './libtorrent.ts'

const trackerPort = 6969
const pollMs = 20

/** aria2 on hosts of a lab, with a v1 torrent (it knows no other) and a tracker on a host of its own. */
export const aria2Swarm: SwarmSystem = {
  name: 'aria2',
  missing() {
    try {
      execFileSync('aria2c', ['--version'], { stdio: 'ignore' })
    } catch {
      return 'aria2c is not installed (apt-get install aria2)'
    }
    return missingLibtorrent() // makes the torrent
  },
  async prepare(place) {
    const { lab, source, home, intoOf, spareHost } = place
    const torrent = join(home, 'content.torrent')
    const url = `http://${lab.addressOf(spareHost)}:${trackerPort}/announce`
    await makeTorrent(source, torrent, { version: 'v1', tracker: url })
    const tracker = follow([python, join(import.meta.dirname, 'tracker.py'), String(trackerPort)], command =>
      lab.run(spareHost, command),
    )
    await tracker.line()
    const seed = follow(
      aria2Command(torrent, dirname(source), '--check-integrity=true', '--bt-seed-unverified=false'),
      command => lab.run(0, command),
    )
    await tracker.line(line => line.includes(lab.addressOf(0)))
    const children: Child[] = [tracker, seed]
    return {
      async fetch(host) {
        const done = await completionHook(place, host)
        const command = aria2Command(torrent, intoOf(host), `--on-bt-download-complete=${done.hook}`)
        children.push(follow(command, command => lab.run(host, command)))
        while (!existsSync(done.file)) await pause(pollMs)
      },
      killSeed: () => seed.kill('SIGKILL'),
      async [Symbol.asyncDispose]() {
        await Promise.all(children.map(child => child.kill('SIGKILL')))
      },
    }
  },
}

function aria2Command(torrent: string, folder: string, ...more: readonly string[]): readonly string[] {
  return [
    'aria2c',
    '--no-conf',
    '--quiet',
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--seed-ratio=0',
    '--file-allocation=none',
    '--listen-port=6881',
    `--dir=${folder}`,
    ...more,
    torrent,
  ]
}

/** A script that aria2 runs when all is there, and the file that it leaves. */
async function completionHook({ home }: SwarmPlace, host: number): Promise<{ hook: string; file: string }> {
  const hook = join(home, `complete-${host}.sh`)
  const file = join(home, `complete-${host}`)
  await writeFile(hook, `#!/bin/sh\ntouch '${file}'\n`)
  await chmod(hook, 0o755)
  return { hook, file }
}
