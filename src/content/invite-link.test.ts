import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { formatInviteLink, looksLikeInviteLink, parseInviteLink } from './invite-link.ts'
import { parseLink } from './link.ts'

const inviter = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'
const link = {
  inviter,
  secret: new Uint8Array(16).fill(5),
  peers: [`/ip4/192.0.2.1/tcp/4001/p2p/${inviter}`],
}
const text = formatInviteLink(link)

it('reads what it writes', () => {
  expect(text).toBe(
    `peerage:invite/BQUFBQUFBQUFBQUFBQUFBQ?o=${inviter}&p=/ip4/192.0.2.1/tcp/4001/p2p/${inviter}`,
  )
  expect(parseInviteLink(` ${text}\n`)).toEqual(link)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), secret => {
      expect(parseInviteLink(formatInviteLink({ ...link, secret })).secret).toEqual(secret)
    }),
  )
})

it.each([
  ['a link of content', `peerage:${'a'.repeat(52)}`],
  ['a secret that was cut off', `peerage:invite/BQUF?o=${inviter}`],
  ['nobody who invites', 'peerage:invite/BQUFBQUFBQUFBQUFBQUFBQ'],
  ['an inviter that was cut off', text.slice(0, 80)],
  ['two inviters', `${text}&o=${inviter}`],
  ['an address that was cut off', text.slice(0, -8)],
  ['too many addresses', `${text}${`&p=${link.peers[0]}`.repeat(32)}`],
  ['two question marks', `${text}?`],
  ['too long a text', `${text}&x=${'a'.repeat(9000)}`],
])('refuses %s', (_what, bad) => {
  expect(() => parseInviteLink(bad)).toThrow(expect.objectContaining({ code: 'link.invalid' }))
})

describe('mixed up with a link of content', () => {
  it('says which command takes it', () => {
    expect(looksLikeInviteLink(text)).toBe(true)
    expect(() => parseLink(text)).toThrow(/an invite.*`peerage accept`/)
  })

  it('throws nothing else for any text', () => {
    fc.assert(
      fc.property(fc.string(), rest => {
        try {
          parseInviteLink(`peerage:invite/${rest}`)
        } catch (error) {
          if (!(error instanceof PeerageError)) throw error
        }
      }),
    )
  })
})
