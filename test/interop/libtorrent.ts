import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** What `create-torrents.py` prints of one torrent. `info` and `torrent` are base 64. */
export interface FromLibtorrent {
  readonly info: string
  readonly torrent: string
  readonly v1: string | null
  readonly v2: string | null
  readonly files: readonly (readonly [path: string, size: number])[]
}

/** Runs cases (see `create-torrents.py`) through libtorrent. Throws with a remedy when it is not installed. */
export function runLibtorrent(cases: readonly unknown[]): FromLibtorrent[] {
  const script = join(import.meta.dirname, 'create-torrents.py')
  // Debian's python3-libtorrent is for the system's Python, not for any other that stands first in PATH.
  const run = spawnSync('/usr/bin/python3', [script], {
    input: JSON.stringify(cases),
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8',
  })
  if (run.error !== undefined || /No module named 'libtorrent'/.test(run.stderr))
    throw new Error(
      'This suite compares with libtorrent: install it with `apt-get install python3-libtorrent`.',
    )
  if (run.status !== 0) throw new Error(`libtorrent failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}
