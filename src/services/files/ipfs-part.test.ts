import { expect, test } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { FilesHost, IpfsPort } from './host.ts'
import { IpfsPart } from './ipfs-part.ts'
import type { TransferRecord } from './record.ts'

test('a root that is one too many to be announced is told of, and announced when there is room', () => {
  const cid = 'bafkqaddwgevxmmraojswg33smq'
  const announced: string[] = []
  let isFull = true
  const network: Partial<IpfsPort> = {
    provide: (root: string) => {
      if (isFull) throw new PeerageError('network.limit', '1 roots are announced already.')
      announced.push(root)
    },
    withdraw: (root: string) => void announced.splice(announced.indexOf(root), 1),
  }
  const record = { ipfs: { cid, offered: true } } as TransferRecord
  const host = { ipfs: network, denylists: { checkLink: () => undefined } } as unknown as FilesHost
  const part = new IpfsPart({ host, record, stored: () => ({ isComplete: true }) as StoredContent })
  part.start()
  expect(part.status()).toEqual([
    {
      name: `/ipfs/${cid}`,
      kind: 'ipfs',
      state: 'failed',
      peers: 0,
      message: '1 roots are announced already.',
    },
  ])
  isFull = false
  part.start()
  expect(announced).toEqual([cid])
  expect(part.status()).toMatchObject([{ state: 'ok' }])
  part.leave()
  expect([announced, part.status()]).toEqual([[], []])
})
