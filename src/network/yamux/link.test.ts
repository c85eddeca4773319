import type { MessageStream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { linkOf } from './link.ts'

test('a connection under which another one closed is given up, and nothing is thrown', () => {
  const reasons: Error[] = []
  const connection = {
    status: 'open',
    send(): boolean {
      throw new Error('Cannot write to a stream that is closed')
    },
    abort: (reason: Error) => void reasons.push(reason),
  }
  const link = linkOf(connection as unknown as MessageStream)
  link.write(new Uint8Array(3), () => reasons.push(new Error('done')))
  expect(reasons.map(({ message }) => message)).toEqual(['Cannot write to a stream that is closed'])
})
