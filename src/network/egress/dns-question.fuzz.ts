import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError } from '../../base/index.ts'
import { decodeDnsAnswer, decodeDnsTexts, encodeDnsQuestion, maxNameAddresses } from './dns-question.ts'

/** The answer of a server that knows one address. */
export function answerOf(question: Uint8Array, address: Uint8Array): Uint8Array {
  const answer = Buffer.concat([
    question,
    Uint8Array.of(0xc0, 12, ...question.subarray(-4), 0, 0, 0, 60, 0, address.length),
    address,
  ])
  answer[2]! |= 0x80
  answer[7] = 1
  return answer
}

const question = encodeDnsQuestion(7, 'tracker.example.org', 4)

export const fuzz: FuzzTarget = {
  name: 'network/dns-question',
  seeds: [
    answerOf(question, Uint8Array.of(192, 0, 2, 1)),
    answerOf(encodeDnsQuestion(7, 'example.org', 6), new Uint8Array(16).fill(9)),
    answerOf(encodeDnsQuestion(7, '_dnslink.example.org', 'text'), Buffer.from('\x10dnslink=/ipfs/x1')),
    question,
  ],
  run(input) {
    try {
      decodeDnsTexts(input, 7)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
    for (const family of [4, 6] as const) {
      try {
        const found = decodeDnsAnswer(input, 7, family)
        if (found.length > maxNameAddresses) throw new Error('too many addresses')
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
    }
  },
}
