// One of two peers of the benchmark `chat`: `chat-peer.ts serve`, or `chat-peer.ts send ADDRESS SECONDS`.
import { systemWorld } from '../src/base/index.ts'
import { createNetwork, type Network, type PeerStream } from '../src/network/index.ts'

const bulkProtocol = '/peerage-bench/bulk/1'
const chatProtocol = '/peerage-bench/chat/1'
const messageBytes = 200
const everyMs = 5
const chunk = new Uint8Array(256 * 1024)

/** The monotonic clock of this machine, in ms, the same in all processes. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** Sends small messages that say when, until the stream ends; collects how long those of the other side took. */
function chat(stream: PeerStream): number[] {
  const took: number[] = []
  let held = Buffer.alloc(0)
  stream.onData(bytes => {
    held = Buffer.concat([held, bytes])
    for (; held.length >= messageBytes; held = held.subarray(messageBytes))
      took.push(now() - held.readDoubleLE(0))
  })
  const timer = setInterval(() => {
    const message = Buffer.alloc(messageBytes)
    message.writeDoubleLE(now())
    stream.send(message)
  }, everyMs)
  stream.onClose(() => clearInterval(timer))
  return took
}

function percentile(took: readonly number[], share: number): number {
  const sorted = [...took].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Sends as much as it can until then; how much was handed to the system. */
async function fill(stream: PeerStream, until: number): Promise<number> {
  let sent = 0
  while (now() < until) {
    sent += chunk.length
    if (!stream.send(chunk)) await stream.drained()
  }
  return sent - stream.bufferedBytes
}

const network: Network = await createNetwork({
  identity: { seed: crypto.getRandomValues(new Uint8Array(32)) },
  world: systemWorld,
  config: { hosts: [process.env.CHAT_HOST ?? '127.0.0.1'], mdns: false, portMapping: false },
})
const [role, address = '', seconds = '5'] = process.argv.slice(2)
const report = (took: readonly number[], more: object = {}): void =>
  console.log(JSON.stringify({ p50: percentile(took, 0.5), p99: percentile(took, 0.99), ...more }))

if (role === 'serve') {
  network.handle(bulkProtocol, stream => stream.onData(() => {}))
  network.handle(chatProtocol, stream => {
    const took = chat(stream)
    stream.onClose(() => report(took))
  })
  console.log(network.addresses()[0])
} else {
  const bulk = await network.open([address], bulkProtocol)
  const line = await network.open([address], chatProtocol)
  const took = chat(line)
  const began = now()
  const sent = await fill(bulk, began + Number(seconds) * 1000)
  report(took, { rate: sent / 1000 / (now() - began) })
  await network.stop()
}
