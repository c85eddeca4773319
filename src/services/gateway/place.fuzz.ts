import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { utf8 } from '../../base/index.ts'
import { GatewayFailure } from './failure.ts'
import { placeOf } from './place.ts'

const root = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'

/** A host, a line feed, a URL. */
export const fuzz: FuzzTarget = {
  name: 'gateway-place',
  seeds: [
    `localhost:80\n/ipfs/${root}/a%20b?format=car`,
    `${root}.ipfs.localhost\n/x/../y`,
    'en-wikipedia--on--ipfs-org.ipns.localhost\n/',
    '127.0.0.1\n/ipns/docs.example.org/?uri=ipns://a.b',
  ].map(utf8),
  run(input: Uint8Array): void {
    const [host = '', url = ''] = Buffer.from(input).toString('latin1').split('\n')
    for (const isForBrowsers of [true, false])
      try {
        const place = placeOf(
          { method: 'GET', url, headers: { host } },
          { hosts: ['localhost'] },
          isForBrowsers,
        )
        const text = 'location' in place ? place.location : '/'
        if (!/^[\x21-\x7e]+$/.test(text)) throw new Error(`leads to ${text}`)
      } catch (error) {
        if (!(error instanceof GatewayFailure)) throw error
      }
  },
}
