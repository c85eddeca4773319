import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, sha256, utf8 } from '../../base/index.ts'
import { cidOfSha256, codecs, readData, verifyBlock } from '../../content/index.ts'
import { dataPage } from './data-page.ts'

const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const seen = { root: `/ipfs/${cid}`, path: ['<a>'], cid, base: '', elsewhere: '//localhost' }
const maxValues = 500
/** Markup of ours: what somebody else wrote has none. */
const tags = /<(?!\/?(?:html|meta|title|style|body|h1|p|a|pre|span|bdi|!doctype)\b|!doctype)/

/** Whatever a block of data says, its page has an end, and no markup and no invisible marks but ours. */
export const fuzz: FuzzTarget = {
  name: 'gateway-data-page',
  seeds: [
    utf8(`{"a":[1,null,{"/":"${cid}"}],"<img src=x>":"</pre>","b":{"/":{"bytes":"AAEC"}}}`),
    Uint8Array.from([0xa1, 0x61, 0x61, 0x82, 0x01, 0xf6]),
    utf8('["\u202e\u0000", 1.5, true, ""]'),
  ],
  run(input: Uint8Array): void {
    for (const [codec, format] of [
      [codecs.dagJson, 'dag-json'],
      [codecs.dagCbor, 'dag-cbor'],
    ] as const)
      try {
        const data = readData(verifyBlock(cidOfSha256(sha256(input), codec, 1), input))
        const page = dataPage(seen, { format, data, maxValues })
        const found = tags.exec(page)
        if (found !== null) throw new Error(`has ${page.slice(found.index, found.index + 30)}`)
        if (/[\u202a-\u202e\u2066-\u2069\u200b\0]/.test(page)) throw new Error('has marks that nobody sees')
        if (page.split('\n').length > maxValues + 300) throw new Error('has no end')
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
