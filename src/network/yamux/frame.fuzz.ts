import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import { FrameDecoder, FrameType, headerBytes, writeHeader } from './frame.ts'

const frame = (type: number, flags: number, id: number, length: number, payload = 0): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + payload)
  writeHeader(bytes, 0, type, flags, id, length)
  return bytes
}

/** What a decoder reports, as text, so that two ways of cutting the same bytes can be compared. */
function transcript(input: Uint8Array, cut: number): string {
  let text = ''
  let payload = 0
  const decoder = new FrameDecoder({
    onFrame: (...fields) => {
      text += `${payload}|${fields.join(',')};`
      payload = 0
    },
    onPayload: part => {
      payload += part.length
    },
  })
  try {
    for (let at = 0; at < input.length; at += cut) decoder.push(input.subarray(at, at + cut))
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    return `${text}refused`
  }
  return text + payload
}

/** However the bytes are cut, the same frames come out. */
export const fuzz: FuzzTarget = {
  name: 'network/yamux-frame',
  seeds: [
    frame(FrameType.data, 1, 1, 5, 5),
    frame(FrameType.windowUpdate, 2, 1, 0xffffffff),
    frame(FrameType.ping, 1, 0, 7),
    frame(FrameType.goAway, 0, 0, 1),
  ],
  run(input) {
    try {
      new FrameDecoder({ onFrame: () => {}, onPayload: () => {} }).push(input)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
    // Cutting is compared on the first part only: pushing a megabyte byte by byte takes longer than a run may.
    const part = input.subarray(0, 4096)
    const whole = transcript(part, Math.max(1, part.length))
    for (const cut of [1, 7, 13]) {
      if (transcript(part, cut) !== whole) throw new Error(`frames differ when cut every ${cut} bytes`)
    }
  },
}
