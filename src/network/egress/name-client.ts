import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import { PeerageError, type World } from '../../base/index.ts'
import { isLoopbackIp } from '../path.ts'
import {
  type DnsKind,
  type DnsTexts,
  decodeDnsAnswer,
  decodeDnsTexts,
  encodeDnsQuestion,
} from './dns-question.ts'
import { readExactly } from './read-exactly.ts'
import type { Resolve } from './resolve.ts'
import type { WayOut } from './way-out.ts'

const answerMs = 5_000
const maxServers = 3
const dnsPort = 53

/** The servers of this system that other machines are: one on this machine would ask on past us. */
export function systemNameServers(): string[] {
  return getServers().filter(server => isIP(server) !== 0 && !isLoopbackIp(server))
}

interface NameServers {
  servers(): readonly string[]
  readonly dial: WayOut['dial']
  readonly world: World
}

/**
 * Looks names up at name servers over TCP (RFC 7766) through `dial`, because the system's resolver would ask whichever way it likes.
 * Rejects with `network.unreachable` when none of them answers.
 */
export function nameClient(parts: NameServers): Resolve {
  return async (host, family) => {
    if (isIP(host) !== 0) return [{ address: host, family: isIP(host) }]
    const families = family === 0 ? ([4, 6] as const) : [family]
    return await atOneOf(parts, host, async server => {
      const found = await Promise.all(
        families.map(async one => {
          const addresses = await ask(parts, { server, host, kind: one }, (answer, id) =>
            decodeDnsAnswer(answer, id, one),
          )
          return addresses.map(address => ({ address, family: one }))
        }),
      )
      return found.flat()
    })
  }
}

/** The texts under a name, asked for in the same way. Rejects with `network.unreachable`. */
export function textClient(parts: NameServers): (host: string) => Promise<DnsTexts> {
  return host => atOneOf(parts, host, server => ask(parts, { server, host, kind: 'text' }, decodeDnsTexts))
}

async function atOneOf<Found>(
  { servers }: NameServers,
  host: string,
  askAt: (server: string) => Promise<Found>,
): Promise<Found> {
  const asked = servers().slice(0, maxServers)
  if (asked.length === 0) throw unknown(host, 'no name server can be asked this way (network.nameServers)')
  let problem: unknown
  for (const server of asked) {
    try {
      return await askAt(server)
    } catch (error) {
      problem = error
    }
  }
  throw unknown(host, problem instanceof Error ? problem.message : 'no answer', problem)
}

async function ask<Found>(
  { dial, world }: NameServers,
  { server, host, kind }: { readonly server: string; readonly host: string; readonly kind: DnsKind },
  decode: (answer: Uint8Array, id: number) => Found,
): Promise<Found> {
  const late = new AbortController()
  const timer = world.after(answerMs, () => late.abort(new Error(`${server} does not answer`)))
  const id = world.random.below(0x10000)
  const question = encodeDnsQuestion(id, host, kind)
  try {
    const target = { host: server, port: dnsPort, family: isIP(server) === 6 ? 6 : 4 } as const
    const socket = await dial(target, late.signal)
    try {
      socket.write(Buffer.concat([Uint8Array.of(question.length >> 8, question.length & 255), question]))
      const length = (await readExactly(socket, 2, late.signal)).readUInt16BE()
      return decode(await readExactly(socket, length, late.signal), id)
    } finally {
      socket.destroy()
    }
  } finally {
    timer.cancel()
  }
}

function unknown(host: string, why: string, cause?: unknown): PeerageError {
  return new PeerageError('network.unreachable', `The name ${host} cannot be looked up: ${why}.`, { cause })
}
