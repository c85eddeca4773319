import { expect, test } from 'vitest'
import { isPrivateIp } from '../path.ts'
import { lookUpLocally } from './resolve.ts'

test.each(['example.com', 'tracker.example.org.', 'local.example', 'a.lan.net', ''])(
  '%j is not asked for beyond the local networks',
  async host => {
    await expect(lookUpLocally(host, 0)).rejects.toMatchObject({ code: 'network.unreachable' })
  },
)

test('names of this machine and of local networks are', async () => {
  expect((await lookUpLocally('localhost', 0)).every(({ address }) => isPrivateIp(address))).toBe(true)
})
