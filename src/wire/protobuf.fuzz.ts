import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError } from '../base/index.ts'
import { bytesField, ProtobufReader, varintField, wireTypes } from './protobuf.ts'
import { decodePublicKey, encodePublicKey } from './public-key.ts'

function run(input: Uint8Array): void {
  for (const type of [wireTypes.varint, wireTypes.bytes]) {
    try {
      const reader = new ProtobufReader(input)
      while (reader.field(type) !== undefined)
        type === wireTypes.varint ? reader.varint() : reader.bytes(1000)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }
  try {
    const reader = new ProtobufReader(input)
    for (let next = reader.next(); next !== undefined; next = reader.next()) reader.skip(next.type)
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
  try {
    encodePublicKey(decodePublicKey(input))
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
  }
}

export const fuzz: FuzzTarget = {
  name: 'protobuf',
  seeds: [
    encodePublicKey(new Uint8Array(32)),
    concat([1, 2, 3, 400].flatMap(field => varintField(field, field * 1000))),
    concat([1, 2, 3, 400].flatMap(field => bytesField(field, new Uint8Array(field)))),
  ],
  run,
}
