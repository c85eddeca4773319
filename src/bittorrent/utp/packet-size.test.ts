import { expect, test } from 'vitest'
import { utpConfig } from './config.ts'
import { pathLimits } from './packet-size.ts'

/** What libtorrent reads of a datagram, in bytes; it takes what is left of a longer one for all of it, and acknowledges that. */
const readByOthers = 1_500

test('no packet is longer than others read, whatever the way takes', () => {
  const { maxPacketBytes } = utpConfig.parse({})
  for (const address of ['127.0.0.1', '::1', '203.0.113.1', '2001:db8::1'])
    expect(pathLimits(address, maxPacketBytes).most).toBeLessThanOrEqual(readByOthers)
  expect(utpConfig.safeParse({ maxPacketBytes: readByOthers + 1 }).success).toBe(false)
})
