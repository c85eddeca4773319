import { hash } from 'node:crypto'
import { PeerageError } from '../../base/index.ts'
import { readTorrent } from '../../content/index.ts'
import type { ReadTorrentResult } from '../io-jobs.ts'

/** Reads a `.torrent` file: checks its info dictionary and piece layers, and hashes the dictionary. */
export function readTorrentFile(bytes: Uint8Array): ReadTorrentResult {
  try {
    const { torrent, content } = readTorrent(bytes, { hash: input => digest('sha256', input) })
    const { version } = content
    return {
      torrent,
      infoHash: version === 'v1' ? undefined : digest('sha256', torrent.info),
      infoHashV1: version === 'v2' ? undefined : digest('sha1', torrent.info),
    }
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    const { code, message } = error
    return { refused: { code, message } }
  }
}

function digest(algorithm: 'sha256' | 'sha1', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(algorithm, bytes, 'buffer'))
}
