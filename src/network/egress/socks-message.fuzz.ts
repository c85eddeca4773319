import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import {
  checkPasswordReply,
  decodeDatagram,
  decodeMethod,
  decodeReply,
  encodeDatagram,
  encodeRequest,
  replyLength,
  socksCommand,
} from './socks-message.ts'

const granted = (host: string): Uint8Array => {
  const reply = encodeRequest(socksCommand.connect, { host, port: 1080 }).slice()
  reply[1] = 0
  return reply
}

export const fuzz: FuzzTarget = {
  name: 'network/socks-message',
  seeds: [
    granted('192.0.2.1'),
    granted('2001:db8::1'),
    granted('example.org'),
    Uint8Array.of(5, 2),
    encodeDatagram({ host: '192.0.2.1', port: 53 }, Uint8Array.of(1, 2, 3)),
    encodeDatagram({ host: '2001:db8::1', port: 53 }, new Uint8Array()),
  ],
  run(input) {
    for (const decode of [
      () => decodeMethod(input, true),
      () => checkPasswordReply(input),
      () => {
        const length = replyLength(input)
        if (length < 7 || length > 262) throw new Error('a reply of impossible length')
        if (input.length >= length) decodeReply(input)
      },
    ]) {
      try {
        decode()
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
    }
    const datagram = decodeDatagram(input)
    if (datagram !== undefined && datagram.bytes.length > input.length - 10)
      throw new Error('more bytes than came')
  },
}
