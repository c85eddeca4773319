import { expect, test } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import type { NameTarget } from '../../content/index.ts'
import type { NamesHost } from './host.ts'
import { namesOperations } from './operations.ts'

const cid = 'bafkqaddwgevxmmraojswg33smq'
const key = 'k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf'

/** What a name is let point at for that text. */
async function targetOf(what: string): Promise<NameTarget> {
  let target: NameTarget = {}
  const host: NamesHost = {
    names: () => ({
      resolve: () => Promise.reject(new Error('Nobody asks.')),
      publish: async given => {
        target = given
        return { ...given, name: key, sequence: 1n, validUntil: 1, peers: 1, servers: 0, nodes: 0 }
      },
    }),
    own: () => [],
    forget: () => undefined,
    keys: {
      list: async () => [],
      create: () => Promise.reject(new Error('There are none.')),
      remove: () => Promise.reject(new Error('There are none.')),
    },
    contentOf: text => {
      throw new PeerageError('content.unknown', text)
    },
    titleOf: () => undefined,
  }
  await namesOperations.publish.run(host, { what }, { signal: new AbortController().signal })
  return target
}

test.each([
  [`ipfs://${cid}`, `/ipfs/${cid}`],
  [`ipfs://${cid}/a%20b/%C3%A9/`, `/ipfs/${cid}/a b/\u00e9`],
  [`/ipfs/${cid}/a b/100%`, `/ipfs/${cid}/a b/100%`],
  [cid, `/ipfs/${cid}`],
  [`${cid}/a b`, `/ipfs/${cid}/a b`],
  [`https://${cid}.ipfs.dweb.link/a%20b`, `/ipfs/${cid}/a b`],
  [`ipns://${key}/a%20b`, `/ipns/${key}/a b`],
  ['/ipns/docs.example/a', '/ipns/docs.example/a'],
])('a name points at %s', async (text, path) => {
  expect(await targetOf(text)).toEqual({ path })
})

test.each([`ipfs://${cid}/a%2fb`, `ipfs://${cid}/../x`, `ipfs://${cid}/%zz`, '/ipfs/nothing'])(
  'no name points at %s',
  async text => {
    await expect(targetOf(text)).rejects.toThrow(expect.objectContaining({ code: 'link.invalid' }))
  },
)
