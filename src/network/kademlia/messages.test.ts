import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, toBase58, utf8 } from '../../base/index.ts'
import { DelimitedReader, decodeKademlia, encodeKademlia } from '../../wire/index.ts'
import type { Path } from '../path.ts'
import { contactOf, peerBytes } from './contact.ts'
import type { Question } from './exchange.ts'
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from './messages.ts'

const peer = (fill: number): string =>
  toBase58(Uint8Array.of(0, 36, 8, 1, 18, 32, ...new Uint8Array(32).fill(fill)))
const [self, other, third] = [peer(1), peer(2), peer(3)]
const loopback = '/ip4/127.0.0.1/tcp/1'
const lan = '/ip4/192.168.1.7/tcp/1'
const far = '/ip4/8.8.8.8/tcp/1'
const relayed = `/ip4/8.8.4.4/tcp/1/p2p/${third}/p2p-circuit`
const all = [loopback, lan, far, relayed]
const find: Question = { type: 'FIND_NODE', key: utf8('key') }

const frame = (bytes: Uint8Array): Uint8Array => [...new DelimitedReader(1e6).push(bytes)][0]!

describe('questions', () => {
  const questions: Question[] = [
    find,
    { type: 'PING' },
    { type: 'GET_VALUE', key: utf8('/x/y') },
    { type: 'PUT_VALUE', key: utf8('/x/y'), value: utf8('value') },
    { type: 'ADD_PROVIDER', key: utf8('key'), addresses: [far] },
  ]
  it.each(questions)('of type $type come back as they went', question => {
    expect(decodeQuestion(frame(encodeQuestion(question, self, 'direct')), self, 'direct')).toEqual(question)
  })

  it('announce nobody but who asks', () => {
    const bytes = frame(
      encodeQuestion({ type: 'ADD_PROVIDER', key: utf8('key'), addresses: [far] }, other, 'direct'),
    )
    expect(decodeQuestion(bytes, self, 'direct')).toMatchObject({ addresses: [] })
  })

  it('to keep nothing are refused', () => {
    const bytes = encodeKademlia({ type: 'PUT_VALUE', key: utf8('k'), closer: [], providers: [] })
    expect(() => decodeQuestion(bytes, self, 'direct')).toThrow('missing')
  })
})

describe('answers', () => {
  it.each<[Path, string[]]>([
    ['memory', all],
    ['loopback', all],
    ['lan', [lan, far, relayed]],
    ['direct', [far, relayed]],
    ['relayed', [far, relayed]],
  ])('over a %s way tell and believe addresses that lead somewhere from there', (path, wanted) => {
    const answer = { closer: [contactOf(other, all)], providers: [{ peer: third, addresses: all }] }
    const told = frame(encodeAnswer(find, answer, path))
    expect(decodeAnswer(told, find, 'loopback').closer[0]!.addresses).toEqual(wanted)
    const everything = frame(encodeAnswer(find, answer, 'loopback'))
    const { closer, providers } = decodeAnswer(everything, find, path)
    expect(closer).toEqual([contactOf(other, wanted)])
    expect(providers).toEqual([{ peer: third, addresses: wanted }])
  })

  it('to another question are refused', () => {
    const bytes = frame(encodeAnswer(find, { closer: [], providers: [] }, 'direct'))
    expect(() => decodeAnswer(bytes, { type: 'PING' }, 'direct')).toThrow('not asked')
  })

  it('lose peers without a name, addresses that we do not know, and what is too much', () => {
    const bad = Uint8Array.of(9, 9, 9, 9)
    const many = Array.from(
      { length: 12 },
      (_, i) => contactOf(other, [`/ip4/8.8.8.8/tcp/${i + 1}`]).addresses[0]!,
    )
    const { closer } = decodeKademlia(
      frame(encodeAnswer(find, { closer: [contactOf(other, many)], providers: [] }, 'direct')),
    )
    const [known] = closer
    expect(known!.addresses).toHaveLength(8)
    const bytes = encodeKademlia({
      type: 'FIND_NODE',
      key: utf8('key'),
      closer: [
        { id: bad, addresses: [], connection: 'connected' },
        {
          id: peerBytes(other),
          addresses: [bad, ...known!.addresses, ...known!.addresses],
          connection: 'connected',
        },
        ...Array.from({ length: 30 }, () => known!),
      ],
      providers: [],
    })
    const read = decodeAnswer(bytes, find, 'direct')
    expect(read.closer[0]).toEqual(contactOf(other, many.slice(0, 8)))
    expect(read.closer.length).toBeLessThanOrEqual(20)
  })

  it('of any bytes throw nothing but refusals', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        for (const read of [
          () => decodeAnswer(bytes, find, 'direct'),
          () => decodeQuestion(bytes, self, 'lan'),
        ])
          try {
            read()
          } catch (error) {
            if (!(error instanceof PeerageError)) throw error
          }
      }),
    )
  })
})
