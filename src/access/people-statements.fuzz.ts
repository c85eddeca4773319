import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import {
  consentToBeDevice,
  openDeviceConsent,
  openDeviceList,
  openHandover,
  signDeviceList,
  signHandover,
} from './people-statements.ts'
import { identityFromSeed } from './signing.ts'

const [main, phone, next] = [1, 2, 3].map(byte => identityFromSeed(new Uint8Array(32).fill(byte))) as [
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
]
const consent = consentToBeDevice(phone, main.peerId, 1)

/** What is read was signed by whom it names; everything else is refused with one code. */
export const fuzz: FuzzTarget = {
  name: 'people',
  seeds: [
    consent,
    signDeviceList(main, 1, [{ device: phone.peerId, consent, revoked: false }]),
    signHandover(main, next, 1, 1),
  ],
  run(input: Uint8Array): void {
    for (const open of [openDeviceConsent, openDeviceList, openHandover])
      try {
        const said = open(input)
        if ('devices' in said)
          for (const { consent: bytes, device } of said.devices)
            if (openDeviceConsent(bytes).device !== device) throw new Error('not the device that agreed')
      } catch (error) {
        if (!(error instanceof PeerageError) || error.code !== 'statement.invalid') throw error
      }
  },
}
