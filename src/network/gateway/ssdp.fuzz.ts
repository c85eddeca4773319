import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../../base/index.ts'
import { decodeSearchAnswer, isSearchAnswer } from './ssdp.ts'

const router = '192.168.1.1'

export const fuzz: FuzzTarget = {
  name: 'network/ssdp',
  seeds: [
    utf8(
      [
        'HTTP/1.1 200 OK',
        'CACHE-CONTROL: max-age=120',
        'ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1',
        `LOCATION: http://${router}:5000/rootDesc.xml`,
        '',
        '',
      ].join('\r\n'),
    ),
  ],
  run(input) {
    isSearchAnswer(input)
    try {
      const { hostname, protocol } = decodeSearchAnswer(input, router)
      if (hostname !== router || protocol !== 'http:') throw new Error('it leads elsewhere')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
