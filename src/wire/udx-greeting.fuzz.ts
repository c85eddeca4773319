import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { decodeUdxGreeting, encodeUdxGreeting } from './udx-greeting.ts'

const token = new Uint8Array(8).fill(7)
const cookie = new Uint8Array(16).fill(9)

export const fuzz: FuzzTarget = {
  name: 'udx-greeting',
  seeds: [
    encodeUdxGreeting({ type: 'hello', token }),
    encodeUdxGreeting({ type: 'cookie', token, cookie }),
    encodeUdxGreeting({ type: 'join', token, cookie, stream: 1 }),
    encodeUdxGreeting({ type: 'accept', token, stream: 2, to: 1 }),
    encodeUdxGreeting({ type: 'refuse', token }),
    encodeUdxGreeting({ type: 'open', token }),
  ],
  run(input: Uint8Array): void {
    const greeting = decodeUdxGreeting(input)
    if (greeting === undefined) return
    const again = encodeUdxGreeting(greeting)
    if (Buffer.compare(again, input) !== 0) throw new Error('There are two ways to say the same.')
  },
}
