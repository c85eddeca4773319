import { PeerageError, type RunningService } from '../base/index.ts'
import { type BlockReader, parseCid } from '../content/index.ts'
import { type CarHost, type NamedRoot, startCar } from '../services/car/index.ts'
import type { BlockStore, Store } from '../store/index.ts'
import { type RootParts, rootOf } from './gateway.ts'

/** CAR archives over the blocks of this peer. */
export function carOf(parts: RootParts & { readonly store: Store }): RunningService {
  const { blocks } = parts.store
  const host: CarHost = {
    rootOf: text => namedRoot(parts, text),
    open: () => ({ reader: localReader(blocks), close: () => undefined }),
    has: cid => blocks.has(cid),
    put: (cid, bytes, options) => blocks.put(cid, bytes, options),
    pin: (root, name, signal) => blocks.pin(root, { name, signal }),
  }
  return startCar(host)
}

/** `CID/PATH`, with or without `ipfs://` or `/ipfs/` in front, or what else names a root. */
function namedRoot(parts: RootParts, text: string): NamedRoot {
  const [head = '', ...names] = text.replace(/^(?:ipfs:\/\/|\/ipfs\/)/i, '').split('/')
  try {
    return { cid: parseCid(head), path: names.filter(name => name !== '') }
  } catch {
    return { cid: rootOf(parts, text), path: [] }
  }
}

/** Only what is on this machine. */
function localReader(blocks: Pick<BlockStore, 'get'>): BlockReader {
  return {
    async get(cid, options) {
      const block = await blocks.get(cid, options)
      if (block !== undefined) return block
      throw new PeerageError('block.missing', `The block ${cid} is not on this computer.`, {
        details: { cid: cid.toString() },
      })
    },
  }
}
