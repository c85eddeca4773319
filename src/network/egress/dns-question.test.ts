import { expect, test } from 'vitest'
import { answerOf } from './dns-question.fuzz.ts'
import { decodeDnsAnswer, decodeDnsTexts, encodeDnsQuestion } from './dns-question.ts'

test('a question as RFC 1035 has it, and the address in the answer', () => {
  const question = encodeDnsQuestion(0x1234, 'a.example', 4)
  expect(Buffer.from(question).toString('hex')).toBe(
    '123401000001000000000000' + '0161076578616d706c650000010001',
  )
  expect(decodeDnsAnswer(answerOf(question, Uint8Array.of(192, 0, 2, 7)), 0x1234, 4)).toEqual(['192.0.2.7'])
})

test('an answer to something else is none', () => {
  const question = encodeDnsQuestion(1, 'a.example', 4)
  const answer = answerOf(question, Uint8Array.of(192, 0, 2, 7))
  expect(() => decodeDnsAnswer(answer, 2, 4)).toThrow('no answer')
  expect(() => decodeDnsAnswer(question, 1, 4)).toThrow('no answer')
  expect(decodeDnsAnswer(answer, 1, 6)).toEqual([])
  expect(() => decodeDnsAnswer(answer.subarray(0, -1), 1, 4)).toThrow('truncated')
  answer[3] = 3
  expect(decodeDnsAnswer(answer, 1, 4)).toEqual([])
  answer[3] = 5
  expect(() => decodeDnsAnswer(answer, 1, 4)).toThrow('refuses, code 5')
})

test.each(['', 'a..b', 'a b.example', `${'a'.repeat(64)}.example`, 'ä.example'])('%j is no name', name => {
  expect(() => encodeDnsQuestion(1, name, 4)).toThrow('no name')
})

test('texts come in pieces and are put together', () => {
  const question = encodeDnsQuestion(1, '_dnslink.a.example', 'text')
  const answer = answerOf(question, Uint8Array.of(4, ...Buffer.from('dnsl'), 6, ...Buffer.from('ink=/x')))
  expect(decodeDnsTexts(answer, 1)).toEqual({ texts: ['dnslink=/x'], ttlSeconds: 60 })
  expect(decodeDnsAnswer(answer, 1, 4)).toEqual([])
  // A piece that is longer than what is left.
  expect(decodeDnsTexts(answerOf(question, Uint8Array.of(9, 65)), 1).texts).toEqual([])
  expect(() => decodeDnsTexts(answer, 2)).toThrow('no answer')
})
