import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createLab, type Lab, missingForLab } from './lab.ts'

const missing = missingForLab()
const title = missing === undefined ? 'the lab' : `the lab (skipped: ${missing})`

/** Sends bytes for two seconds to whoever connects. */
const flood = `
import socket, time
server = socket.create_server(('0.0.0.0', 7000)); print('ready', flush=True)
peer, _ = server.accept(); end = time.monotonic() + 2
while time.monotonic() < end: peer.sendall(bytes(65536))
`
/** Prints the rate at which bytes come, in Mbit/s, and the round-trip time before any were there, in milliseconds. */
const drink = (address: string): string => `
import socket, time
began = time.monotonic(); peer = socket.create_connection(('${address}', 7000)); rtt = time.monotonic() - began
count = 0; began = time.monotonic()
while chunk := peer.recv(1 << 20): count += len(chunk)
print(count * 8e-6 / (time.monotonic() - began), rtt * 1000)
`

test.skipIf(missing !== undefined)(
  `${title}: a host sends at its rate, and the way takes its time`,
  async () => {
    await using lab = await createLab({ hosts: 2, uplinkMbit: 20, rttMs: 20 })
    const server = lab.run(0, ['python3', '-c', flood])
    await once(server.stdout!, 'data')
    const [rate, rtt] = (await output(lab, 1, drink(lab.addressOf(0)))).split(' ').map(Number)
    expect(rtt).toBeGreaterThan(19)
    expect(rtt).toBeLessThan(60)
    expect(rate).toBeGreaterThan(16)
    expect(rate).toBeLessThan(20)
    expect(lab.sent(0).bytes).toBeGreaterThan(4e6)
  },
)

test.skipIf(missing !== undefined)(`${title}: nothing is left when it closes`, async () => {
  const lab = await createLab({ hosts: 3, uplinkMbit: 100, rttMs: 1 })
  const ours = (): number =>
    execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split(`peerage-${process.pid}-`).length - 1
  expect(ours()).toBe(3)
  const sleeper = lab.run(2, ['sleep', '600'])
  await once(sleeper, 'spawn')
  await lab.close()
  await lab.close()
  if (sleeper.signalCode === null) await once(sleeper, 'close')
  expect(sleeper.signalCode).toBe('SIGKILL')
  expect(ours()).toBe(0)
})

async function output(lab: Lab, host: number, program: string): Promise<string> {
  return text(lab.run(host, ['python3', '-c', program]).stdout!)
}
