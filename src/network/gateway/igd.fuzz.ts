import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../../base/index.ts'
import { decodeAnswer, encodeCall, servicesOf } from './igd.ts'

const location = new URL('http://192.168.1.1:5000/rootDesc.xml')
const type = 'urn:schemas-upnp-org:service:WANIPConnection:1'

/** What is understood leads to the router only, and is bounded. */
export const fuzz: FuzzTarget = {
  name: 'network/igd',
  seeds: [
    utf8(
      `<?xml version="1.0"?><root><URLBase>http://192.168.1.1:5000/</URLBase><device><service><serviceType>${type}</serviceType><controlURL>/ctl</controlURL></service></device></root>`,
    ),
    utf8(encodeCall(type, 'GetExternalIPAddressResponse', { NewExternalIPAddress: '203.0.113.7' })),
    utf8('<a><detail><UPnPError><errorCode>718</errorCode></UPnPError></detail><![CDATA[x]]>&#65;</a>'),
  ],
  run(input) {
    const text = new TextDecoder().decode(input)
    const attempts: readonly (() => void)[] = [
      () => {
        const services = servicesOf(text, location)
        if (services.length > 4) throw new Error('too many services')
        if (services.some(({ control }) => control.hostname !== location.hostname))
          throw new Error('elsewhere')
      },
      () => {
        const answer = decodeAnswer(text, 'GetExternalIPAddress')
        if ('given' in answer && Object.values(answer.given).some(value => value.length > 256))
          throw new Error('too long')
      },
    ]
    for (const attempt of attempts)
      try {
        attempt()
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
