import { leavesOf } from '../../test/conformance/made-up-trees.ts'
import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { equalBytes, PeerageError, toHex } from '../base/index.ts'
import { buildInfo } from './build-info.ts'
import { merkleRoot } from './merkle.ts'
import { decodeTorrent, encodeTorrent } from './torrent-file.ts'

const layer = leavesOf(3)
const file = { path: ['n'], size: 40_000, piecesRoot: merkleRoot(layer) }
const info = buildInfo({ name: 'n', pieceLength: 16_384, files: [file], singleFile: true })
const pieceLayers = new Map([[toHex(file.piecesRoot), layer]])
const trackers = [['udp://a.example:80'], ['https://b.example/']]

/** Whatever is read can be written, unless layers are missing, and reads the same again. */
export const fuzz: FuzzTarget = {
  name: 'content/torrent-file',
  seeds: [
    encodeTorrent({ info, pieceLayers }),
    encodeTorrent({
      info,
      pieceLayers,
      trackers,
      webSeeds: ['http://c.example/'],
      comment: 'c',
      creationDate: 1,
    }),
  ],
  run(input) {
    try {
      const torrent = decodeTorrent(input)
      if (torrent.pieceLayers.size !== 1) return
      const again = decodeTorrent(encodeTorrent(torrent))
      if (!equalBytes(again.info, torrent.info)) throw new Error('the info dictionary changed')
      if (JSON.stringify(again.trackers) !== JSON.stringify(torrent.trackers))
        throw new Error('trackers changed')
    } catch (error) {
      const missing = error instanceof TypeError && error.message.startsWith('the piece layer of')
      if (!(error instanceof PeerageError) && !missing) throw error
    }
  },
}
