import type { FuzzTarget } from '../../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../../base/index.ts'
import type { Provider } from '../ports.ts'
import { decodeDelegatedAnswer, delegatedLimits, LineReader } from './delegated-answer.ts'

const peer = JSON.stringify({
  Schema: 'peer',
  ID: '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d',
  Addrs: ['/ip4/192.0.2.1/tcp/4001'],
  Protocols: ['transport-bitswap'],
})

/** An answer is read within its bounds or refused, whole or line by line, in whatever pieces it comes. */
export const fuzz: FuzzTarget = {
  name: 'ipfs/delegated-answer',
  seeds: [utf8(`{"Providers":[${peer},${peer}]}`), utf8(`${peer}\n${peer}\n`), utf8('{"Peers":null}')],
  run(input) {
    check(() => decodeDelegatedAnswer(input))
    const whole = check(() => lines(input, input.length))
    const pieces = check(() => lines(input, 7))
    if (JSON.stringify(whole) !== JSON.stringify(pieces)) throw new Error('pieces change what is read')
  },
}

function lines(input: Uint8Array, step: number): Provider[] {
  const reader = new LineReader()
  const found: Provider[] = []
  for (let at = 0; at < input.length; at += step) found.push(...reader.push(input.subarray(at, at + step)))
  return [...found, ...reader.end()]
}

function check(read: () => Provider[]): Provider[] | undefined {
  try {
    const found = read()
    for (const { addresses, protocols = [] } of found)
      if (addresses.length > delegatedLimits.addresses || protocols.length > delegatedLimits.protocols)
        throw new Error('too much of one peer')
    return found
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
