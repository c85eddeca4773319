import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createLab, type Lab, missingForLab } from './lab.ts'
import type { NatKind } from './router.ts'

const missing = missingForLab()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`

/** Tells who asks where it is seen; from another port, or through the host that is named, when asked to. */
const observer = `
import socket, select
def bound(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(('::', port)); return s
first, second, other = bound(7000), bound(7001), bound(7009)
print('ready', flush=True)
while True:
    for s in select.select([first, second], [], [])[0]:
        words, seen = s.recvfrom(1000); words = words.decode().split()
        answer = f"{seen[0].replace('::ffff:', '')} {seen[1]}".encode()
        if words[0] == 'seen': s.sendto(answer, seen)
        if words[0] == 'other-port': other.sendto(b'other-port', seen)
        if words[0] == 'other-host': s.sendto(f'poke {seen[0]} {seen[1]}'.encode(), (words[1], 7000))
        if words[0] == 'poke': s.sendto(b'other-host', (words[1], int(words[2])))
`

/** Prints what one UDP socket finds out: where three endpoints see it, and which packets get in that it did not ask for. */
const asker = (one: string, two: string, three: string): string => `
import socket, json
s = socket.socket(socket.AF_INET6 if ':' in '${one}' else socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1.5); s.bind(('', 6000))
def ask(to, words):
    s.sendto(words.encode(), to)
    wanted = words.split()[0]
    try:
        while True:
            answer, who = s.recvfrom(1000); answer = answer.decode()
            if (who[:2] == to) if wanted == 'seen' else (answer == wanted): return answer
    except TimeoutError: return None
seen = [ask(to, 'seen') for to in (('${one}', 7000), ('${two}', 7000), ('${one}', 7001))]
port = ask(('${one}', 7000), 'other-port'); host = ask(('${one}', 7000), 'other-host ${three.includes(':') ? three : `::ffff:${three}`}')
tcp = socket.create_connection(('${one}', 8000), 5).recv(100).decode()
print(json.dumps({'seen': seen, 'port': port, 'host': host, 'tcp': tcp}))
`

const greeter = `
import socket
server = socket.create_server(('::', 8000), family=socket.AF_INET6, dualstack_ipv6=True); print('ready', flush=True)
while True:
    peer, name = server.accept(); peer.sendall(name[0].replace('::ffff:', '').encode()); peer.close()
`

interface Findings {
  readonly seen: readonly (string | null)[]
  readonly port: string | null
  readonly host: string | null
  readonly tcp: string
}

const kinds: readonly NatKind[] = [
  'full-cone',
  'address-restricted',
  'port-restricted',
  'symmetric',
  'sequential',
  'double',
  'udp-blocked',
  'ipv6-only',
  'port-keeping',
]

test.skipIf(missing !== undefined)(`each kind of router treats packets as it says${skipped}`, async () => {
  await using lab = await createLab({ hosts: 3 + kinds.length, uplinkMbit: 100, rttMs: 10, internet: true })
  await Promise.all([0, 1, 2].map(host => starts(lab, host, observer)))
  await starts(lab, 0, greeter)
  const found = new Map(
    await Promise.all(
      kinds.map(async (kind, index) => [kind, await findings(lab, 3 + index, kind)] as const),
    ),
  )
  const ports = (kind: NatKind): number[] =>
    found.get(kind)!.seen.map(seen => Number(seen?.split(' ')[1] ?? Number.NaN))
  for (const [index, kind] of kinds.entries()) {
    if (kind === 'udp-blocked') continue
    const own =
      kind === 'ipv6-only' ? `${lab.address6Of(3 + index).split('::')[0]}:1::10` : lab.addressOf(3 + index)
    expect([kind, ...found.get(kind)!.seen.map(seen => seen?.split(' ')[0])]).toEqual([kind, own, own, own])
    expect([kind, found.get(kind)!.tcp]).toEqual([kind, own])
  }
  const gets = (kind: NatKind): unknown => {
    const { port, host } = found.get(kind)!
    return { sameForAll: new Set(ports(kind)).size === 1, port: port !== null, host: host !== null }
  }
  expect(gets('full-cone')).toEqual({ sameForAll: true, port: true, host: true })
  expect(gets('address-restricted')).toEqual({ sameForAll: true, port: true, host: false })
  expect(gets('port-restricted')).toEqual({ sameForAll: true, port: false, host: false })
  expect(gets('double')).toEqual({ sameForAll: true, port: false, host: false })
  expect(gets('ipv6-only')).toEqual({ sameForAll: true, port: false, host: false })
  expect(ports('port-keeping')).toEqual([6000, 6000, 6000])
  expect(gets('port-keeping')).toEqual({ sameForAll: true, port: false, host: false })
  expect(gets('symmetric')).toEqual({ sameForAll: false, port: false, host: false })
  expect(new Set(ports('symmetric')).size).toBe(3)
  const [first = 0] = ports('sequential')
  expect(ports('sequential')).toEqual([first, first + 1, first + 2])
  expect(found.get('udp-blocked')).toMatchObject({ seen: [null, null, null], tcp: lab.addressOf(3 + 6) })
})

test.skipIf(missing !== undefined)(
  `machines of one network reach each other, and by their public endpoint${skipped}`,
  async () => {
    await using lab = await createLab({ hosts: 2, uplinkMbit: 100, rttMs: 10, internet: true })
    await starts(lab, 0, observer)
    const machine = await lab.behind(1, 'full-cone')
    const other = machine.neighbour()
    const listener = other.run(['python3', '-c', observer])
    await once(listener.stdout!, 'data')
    const program = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.bind(('', 6000))
s.sendto(b'seen', ('${other.address}', 7000)); print(s.recv(100).decode())
s.sendto(b'seen', ('${lab.addressOf(0)}', 7000)); seen = s.recv(100).decode().split()
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.sendto(b'round', (seen[0], int(seen[1]))); print(*s.recvfrom(100)[1][:1])
`
    expect((await text(machine.run(['python3', '-c', program]).stdout!)).trim().split('\n')).toEqual([
      `${machine.address} 6000`,
      lab.addressOf(1),
    ])
  },
)

async function findings(lab: Lab, host: number, kind: NatKind): Promise<Findings> {
  const address = (of: number): string => (kind === 'ipv6-only' ? lab.address6Of(of) : lab.addressOf(of))
  const machine = await lab.behind(host, kind)
  const program = asker(address(0), address(1), address(2))
  return JSON.parse(
    await text(machine.run(['python3', '-c', program], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout!),
  )
}

async function starts(lab: Lab, host: number, program: string): Promise<void> {
  const child = lab.run(host, ['python3', '-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
}
