import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeMetadataMessage, encodeMetadataMessage, metadataBlockBytes } from './metadata-message.ts'

export const fuzz: FuzzTarget = {
  name: 'metadata-message',
  seeds: [
    encodeMetadataMessage({ type: 'request', piece: 0 }),
    encodeMetadataMessage({ type: 'reject', piece: 7 }),
    encodeMetadataMessage({ type: 'data', piece: 1, totalSize: 16_400, data: new Uint8Array(16) }),
    encodeMetadataMessage({ type: 'data', piece: 0, totalSize: 16_400, data: new Uint8Array(16_384) }),
  ],
  run(input: Uint8Array): void {
    try {
      const message = decodeMetadataMessage(input)
      if (message?.type === 'data' && message.data.length > metadataBlockBytes)
        throw new Error('a block is too long')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
