import { hash } from 'node:crypto'
import { PeerageError } from '../../base/index.ts'
import { packContent, parseInfo, readTorrent } from '../../content/index.ts'
import type {
  PackedLayers,
  ReadContentJob,
  ReadContentResult,
  ReadTorrentResult,
  Refused,
} from '../io-jobs.ts'

/** Reads a `.torrent` file: checks its info dictionary and piece layers, and hashes the dictionary. */
export function readTorrentFile(bytes: Uint8Array): ReadTorrentResult | Refused {
  return orRefused(() => {
    const { torrent, content } = readTorrent(bytes, { hash: input => digest('sha256', input) })
    const { info, pieceLayers, ...rest } = torrent
    const { version } = content
    return {
      torrent: rest,
      infoAt: [info.byteOffset - bytes.byteOffset, info.length] as const,
      content: packContent(content),
      layers: packLayers(pieceLayers, bytes),
      infoHash: version === 'v1' ? undefined : digest('sha256', info),
      infoHashV1: version === 'v2' ? undefined : digest('sha1', info),
    }
  })
}

/** Reads an info dictionary. */
export function readContent({ info, maxFiles }: ReadContentJob): ReadContentResult | Refused {
  return orRefused(() => ({
    content: packContent(parseInfo(info, maxFiles === undefined ? {} : { maxFiles })),
  }))
}

function packLayers(layers: ReadonlyMap<string, Uint8Array>, bytes: Uint8Array): PackedLayers {
  const places = new Float64Array(layers.size * 2)
  let at = 0
  for (const layer of layers.values()) {
    places[at++] = layer.byteOffset - bytes.byteOffset
    places[at++] = layer.length
  }
  return { roots: [...layers.keys()].join(''), places }
}

function orRefused<T>(read: () => T): T | Refused {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    const { code, message } = error
    return { refused: { code, message } }
  }
}

function digest(algorithm: 'sha256' | 'sha1', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(algorithm, bytes, 'buffer'))
}
