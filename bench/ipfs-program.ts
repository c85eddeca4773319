import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { IpfsNode } from './ipfs.ts'
import { linkOf } from './peerage.ts'
import { startPeerage } from './peerage-daemon.ts'
import type { WorkFolder } from './test-data.ts'

/** Nobody outside is asked, and nothing but Bitswap is spoken about the file. */
const alone = {
  'network.hosts': '127.0.0.1',
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'kademlia.enabled': false,
  'ipfsRouting.bootstrap': '',
  'ipfsRouting.servers': '',
}

/** The whole program as a system of the scenario `ipfs`: a daemon that shares the file on IPFS, and one that is told to get the CID. */
export async function startProgram(
  role: 'seed' | 'fetch',
  file: string,
  work: WorkFolder,
): Promise<IpfsNode> {
  const daemon = await startPeerage(await work.folder('home'), { set: alone })
  const share = async (path: string, on: string): Promise<unknown> =>
    await daemon.call('files.share', { path, on })
  const into = dirname(file)
  return {
    pid: daemon.pid,
    at: role === 'seed' ? await offer(share, file, await work.folder('hello')) : '',
    async meet(at) {
      const [link = ''] = at.split(' ')
      await daemon.call('files.get', { link, into })
    },
    async fetch(at) {
      const { bytes } = (await daemon.call('files.get', { link: at.split(' ')[1], into })) as {
        bytes: number
      }
      return bytes
    },
    [Symbol.asyncDispose]: () => daemon.kill(),
  }
}

/** The link of something else, by which the two get connected, and that of the file. */
async function offer(
  share: (path: string, on: string) => Promise<unknown>,
  file: string,
  folder: string,
): Promise<string> {
  const hello = join(folder, 'hello')
  await writeFile(hello, 'hello')
  const met = linkOf(await share(hello, 'private'))
  const { cid } = (await share(file, 'ipfs')) as { cid: string }
  return `${met} ipfs://${cid}`
}
