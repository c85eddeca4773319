import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, follow } from '../../../bench/child.ts'
import { type Program, patienceMs } from './peer.ts'

const version = '3.0.21'
const child = join(import.meta.dirname, 'webtorrent-child.mjs')
const home: string = join(tmpdir(), `peerage-webtorrent-${version}`)

let reason: string | undefined | 'unknown' = 'unknown'

/**
 * WebTorrent, put by npm into a folder outside the repository when a test first needs it, and kept there. Scripts of packages
 * do not run: what they would build is for WebRTC, which is replaced by nothing.
 */
export function missingWebTorrent(): string | undefined {
  if (reason === 'unknown') reason = installWebTorrent()
  return reason
}

function installWebTorrent(): string | undefined {
  if (existsSync(join(home, 'node_modules/webtorrent/package.json'))) return undefined
  const words = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    home,
    `webtorrent@${version}`,
  ]
  const run = spawnSync('npm', words, { encoding: 'utf8', timeout: 120_000 })
  return run.status === 0
    ? undefined
    : `webtorrent could not be installed with npm: ${run.stderr.slice(-200)}`
}

/** The command line of a WebTorrent peer; `home` of its packages is the first word. */
export function webTorrentCommand(options: object): readonly string[] {
  return [process.execPath, child, home, JSON.stringify(options)]
}

export const webtorrent: Program = {
  name: 'webtorrent',
  versions: ['v1', 'hybrid'],
  needsPadFiles: true,
  missing: missingWebTorrent,
  async start({ lab, host, home, address }, { encrypted, utpOnly, lsd }) {
    await mkdir(home, { recursive: true })
    await writeFile(join(home, 'package.json'), '{}')
    const options = { secure: encrypted ?? false, utp: utpOnly ?? false, lsd: lsd ?? false }
    const process: Child = follow(webTorrentCommand(options), command =>
      lab.run(host, command, { cwd: home }),
    )
    const { port } = JSON.parse(await process.line())
    const add = async (source: object, folder: string): Promise<void> => {
      process.say(JSON.stringify({ ...source, folder }))
      const late = AbortSignal.timeout(patienceMs)
      const answer = await Promise.race([
        process.line(),
        new Promise<string>(resolve =>
          late.addEventListener('abort', () => resolve('{"failed":"not done"}')),
        ),
      ])
      const { failed } = JSON.parse(answer)
      if (failed !== undefined) throw new Error(`webtorrent: ${failed}`)
    }
    return {
      endpoint: `${address}:${port}`,
      seed: (torrent, folder) => add({ torrent }, folder),
      fetch: ({ torrent, magnet, peers }, folder) => add({ torrent: torrent ?? magnet, peers }, folder),
      log: async () => 'webtorrent keeps none',
      [Symbol.asyncDispose]: () => process.kill('SIGKILL'),
    }
  },
}
