import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { isNamePath } from '../content/index.ts'
import { encode } from '../wire/index.ts'
import { maxItemPath, pointerIn, pointerItem } from './name-item.ts'

const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
const [v1, v2] = [new Uint8Array(20).fill(1), new Uint8Array(32).fill(2)]

/** An item points somewhere within its bounds or nowhere, and what was read is written and read again as it was. */
export const fuzz: FuzzTarget = {
  name: 'name-item',
  seeds: [
    encode(pointerItem({ infoHash: v1 })),
    encode(pointerItem({ infoHash: v2, path })),
    encode(pointerItem({ path: `${path}/a/b` })),
  ],
  run(input) {
    const pointer = pointerIn(input, 1n)
    if (pointer === undefined) return
    const { path, infoHash } = pointer
    if (path === undefined && infoHash === undefined) throw new Error('it points nowhere')
    if (path !== undefined && (!isNamePath(path) || Buffer.byteLength(path) > maxItemPath))
      throw new Error('it is no path')
    if (infoHash !== undefined && infoHash.length !== 20 && infoHash.length !== 32)
      throw new Error('it is no hash')
    const again = pointerIn(encode(pointerItem(pointer)), 1n)
    if (again?.path !== path || Buffer.compare(again?.infoHash ?? v1, infoHash ?? v1) !== 0)
      throw new Error('it changed')
  },
}
