import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import type { ProxyTrial } from '../../network/index.ts'
import type { Reach } from './reach.ts'

export const testProxy: ValueOperation<Reach, { proxy: string }, ProxyTrial> = {
  summary: 'Find out whether a SOCKS 5 proxy lets this peer in and passes UDP on',
  input: z.object({
    proxy: z.string().min(1).max(1024).describe('socks5://[user:password@]host:port'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'proxy test',
    positional: ['proxy'],
    example: 'peerage proxy test socks5://127.0.0.1:1080',
  },
  async run({ host }, { proxy }, { signal }) {
    const { network } = host
    if (network === undefined) throw new PeerageError('network.unreachable', 'This peer is offline.')
    return await network.egress.tryProxy(String(host.meant('network.proxy', proxy)), signal)
  },
}
