import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { decodeUtp, encodeUtp, padUtp, type UtpHeader } from './utp.ts'

const header: UtpHeader = { type: 'state', connection: 1, timestamp: 2, delay: 3, window: 4, seq: 5, ack: 6 }

export const fuzz: FuzzTarget = {
  name: 'utp',
  seeds: [
    encodeUtp(header),
    encodeUtp({ ...header, type: 'syn' }),
    encodeUtp(header, Uint8Array.of(1, 2, 3, 4)),
    padUtp(encodeUtp({ ...header, type: 'data' }), 400),
  ],
  run(input: Uint8Array): void {
    const packet = decodeUtp(input)
    if (packet !== undefined) encodeUtp(packet, packet.sack)
  },
}
