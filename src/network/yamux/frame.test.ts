import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat } from '../../base/index.ts'
import { fuzz } from './frame.fuzz.ts'
import { FrameDecoder, headerBytes, writeHeader } from './frame.ts'

interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly length: number
  readonly payload: number[]
}

const frames = fc.array(
  fc
    .record({
      type: fc.integer({ min: 0, max: 3 }),
      flags: fc.integer({ min: 0, max: 0xffff }),
      streamId: fc.integer({ min: 0, max: 0xffffffff }),
      bytes: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 50 }),
      length: fc.integer({ min: 0, max: 0xffffffff }),
    })
    .map(
      ({ type, flags, streamId, bytes, length }): Frame =>
        type === 0
          ? { type, flags, streamId, length: bytes.length, payload: bytes }
          : { type, flags, streamId, length, payload: [] },
    ),
  { maxLength: 20 },
)

const encode = ({ type, flags, streamId, length, payload }: Frame): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + payload.length)
  writeHeader(bytes, 0, type, flags, streamId, length)
  bytes.set(payload, headerBytes)
  return bytes
}

test('what was written is read, however it is cut', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 40 }), (sent, cut) => {
      const received: Frame[] = []
      const decoder = new FrameDecoder({
        onFrame: (type, flags, streamId, length) =>
          received.push({ type, flags, streamId, length, payload: [] }),
        onPayload: part => received.at(-1)!.payload.push(...part),
      })
      const bytes = concat(sent.map(encode))
      for (let at = 0; at < bytes.length; at += cut) decoder.push(bytes.subarray(at, at + cut))
      expect(received).toEqual(sent)
    }),
  )
})

test('payload is a view of the chunk and never a Buffer', () => {
  const chunk = Buffer.from(encode({ type: 0, flags: 0, streamId: 1, length: 3, payload: [1, 2, 3] }))
  let part: Uint8Array | undefined
  new FrameDecoder({ onFrame: () => {}, onPayload: payload => (part = payload) }).push(chunk)
  expect(part?.buffer).toBe(chunk.buffer)
  expect(Buffer.isBuffer(part)).toBe(false)
})

test('random bytes reveal no defect', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), input => fuzz.run(input)))
  for (const seed of fuzz.seeds) fuzz.run(seed)
})
