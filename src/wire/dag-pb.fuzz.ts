import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { decodeDagPb, encodeDagPb } from './dag-pb.ts'
import { decodeUnixFs, encodeUnixFs } from './unixfs.ts'

const hash = new Uint8Array(36).fill(7)

/** What is read can be written and read again, to the same. */
function run(input: Uint8Array): void {
  try {
    const node = decodeDagPb(input)
    const once = encodeDagPb(node)
    if (encodeDagPb(decodeDagPb(once)).join() !== once.join()) throw new Error('a node changes')
    const data = encodeUnixFs(decodeUnixFs(node.data ?? input))
    if (encodeUnixFs(decodeUnixFs(data)).join() !== data.join()) throw new Error('UnixFS data change')
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'dag-pb',
  seeds: [
    encodeDagPb({
      links: [{ hash, name: '', size: 5 }, { hash }],
      data: encodeUnixFs({ type: 'file', fileSize: 7, blockSizes: [5, 2] }),
    }),
    encodeDagPb({
      links: [{ hash, name: 'a', size: 300 }],
      data: encodeUnixFs({
        type: 'hamt',
        data: utf8('bits'),
        blockSizes: [],
        hashType: 0x22,
        fanout: 256,
        mode: 0o755,
        mtime: { seconds: -1, nanoseconds: 5 },
      }),
    }),
  ],
  run,
}
