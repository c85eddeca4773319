import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodePeerExchange, encodePeerExchange } from './peer-exchange.ts'

const address = '/ip4/192.0.2.1/tcp/6881/p2p/12D3KooWGrmWoBqAxrd8wDLjLBhNGgLCFJbNqX5y8sDtPUu8HGvN'

export const fuzz: FuzzTarget = {
  name: 'peer-exchange',
  seeds: [
    encodePeerExchange({ added: [address, '/dns/x/tcp/1'], dropped: [address] }),
    encodePeerExchange({ added: Array.from({ length: 50 }, () => address), dropped: [] }),
  ],
  run(input: Uint8Array): void {
    try {
      // `encodePeerExchange` throws a TypeError for what goes beyond the bounds: that would be a defect.
      encodePeerExchange(decodePeerExchange(input))
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
