import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import { decodeLocalAnnouncement, encodeLocalAnnouncement, maxLocalNames } from './local-announcement.ts'

const name = new Uint8Array(20).fill(0xa7)
const host = '239.192.152.143:6771'

export const fuzz: FuzzTarget = {
  name: 'local-announcement',
  seeds: [
    encodeLocalAnnouncement(host, { port: 6881, names: [name], cookie: 'c0ffee' }),
    encodeLocalAnnouncement('[ff15::efc0:988f]:6771', { port: 1, names: [name, name, name] }),
  ],
  run(input: Uint8Array): void {
    try {
      const { names, ...rest } = decodeLocalAnnouncement(input)
      encodeLocalAnnouncement(host, { ...rest, names: names.slice(0, maxLocalNames) })
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
