import { CID } from 'multiformats/cid'
import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { CarReader, carSectionHead, carV2Head, encodeCarHeader } from './car.ts'

const cid: CID = CID.parse('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const section: Uint8Array = concat([carSectionHead(cid.bytes, 11), utf8('hello world')])
/** Each byte a character: the fastest way to compare them later. */
const text: TextDecoder = new TextDecoder('latin1')
const v1: Uint8Array = concat([encodeCarHeader([cid]), section, section])

function sectionsOf(input: Uint8Array, size: number): string {
  const reader = new CarReader()
  const sections: string[] = []
  try {
    for (let at = 0; at < input.length; at += size)
      for (const one of reader.push(input.subarray(at, at + size))) sections.push(text.decode(one))
    reader.end()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    sections.push('refused')
  }
  return sections.join(' ')
}

/** As `sectionsOf`, in memory that is used again: what is no whole section comes once more in front of what follows. */
function sectionsOfRoom(input: Uint8Array, size: number): string {
  const reader = new CarReader()
  const sections: string[] = []
  const room = new Uint8Array(input.length + size)
  try {
    for (let [at, left] = [0, 0]; at < input.length; at += size) {
      room.copyWithin(0, room.length - left)
      const more = input.subarray(at, at + size)
      room.set(more, left)
      const length = left + more.length
      for (const one of reader.push(room.subarray(0, length))) sections.push(text.decode(one))
      if (at + size >= input.length) break
      left = reader.takeBack()
      room.copyWithin(room.length - left, length - left, length)
    }
    reader.end()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    sections.push('refused')
  }
  return sections.join(' ')
}

/** However it is cut, it is read the same. */
function run(input: Uint8Array): void {
  const whole = sectionsOf(input, input.length + 1)
  if (sectionsOfRoom(input, Math.ceil(input.length / 9) + 1) !== whole)
    throw new Error('an archive changes with how it is pushed again')
  if (sectionsOf(input, 7) !== whole) throw new Error('an archive changes with how it is cut')
}

export const fuzz: FuzzTarget = {
  name: 'car',
  seeds: [v1, concat([carV2Head(v1.length), v1, utf8('index')])],
  run,
}
