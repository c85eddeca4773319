// One stream that is always full, over `udx` (udx-native alone), `tcp` (the kernel's) or `peerage` (our UDX, TLS and muxer).
// `stream-flow.ts receive KIND ADDRESS` prints where it is; `stream-flow.ts send KIND ADDRESS TARGET` sends there until it is ended; of `udx` both
// print where they are and are told the port of the other. Each prints, for each further line of its input, the bytes that came and the CPU seconds it took.
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import UDX, { type UdxStream } from 'udx-native'
import { systemWorld } from '../../src/base/index.ts'
import { createNetwork, type Network, type PeerStream } from '../../src/network/index.ts'

const protocol = '/peerage-bench/flow/1'
const bufferBytes = 4 * 1024 * 1024
/** As from a file: nothing that is sent is in the processor's cache. */
const pool = randomFillSync(Buffer.alloc(64 * 1024 * 1024))
const chunkBytes = 256 * 1024
let sent = 0
let received = 0

const [verb, kind, address = '', target = ''] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const line = async (): Promise<string> => (await lines.next()).value ?? process.exit()

const count = (chunk: Uint8Array): void => {
  received += chunk.length
}
const chunk = (): Buffer => {
  const at = sent % pool.length
  sent += chunkBytes
  return pool.subarray(at, at + chunkBytes)
}

function fill(stream: {
  write(bytes: Buffer): boolean
  on(event: 'drain', more: () => void): unknown
}): void {
  const more = (): void => {
    while (stream.write(chunk()));
  }
  stream.on('drain', more)
  more()
}

async function udx(): Promise<UdxStream> {
  const [own, other] = verb === 'send' ? [1, 2] : [2, 1]
  const all = new UDX()
  const socket = all.createSocket()
  socket.bind(0, address)
  socket.setRecvBufferSize(bufferBytes)
  socket.setSendBufferSize(bufferBytes)
  const stream = all.createStream(own)
  console.log(socket.address()?.port)
  const [host = '', port] = (await line()).split(' ')
  stream.connect(socket, other, Number(port), host)
  return stream
}

async function network(): Promise<Network> {
  const config = { hosts: [address], mdns: false }
  return createNetwork({ identity: { seed: systemWorld.random.bytes(32) }, world: systemWorld, config })
}

async function begin(): Promise<void> {
  if (kind === 'udx') {
    const stream = await udx()
    stream.on('data', count)
    if (verb === 'send') fill(stream)
  } else if (kind === 'tcp' && verb === 'receive') {
    const server = createServer(socket => socket.on('data', count))
    server.listen(0, address)
    await once(server, 'listening')
    const at = server.address()
    console.log(typeof at === 'object' ? at?.port : '')
  } else if (kind === 'tcp') {
    const socket = connect(Number(target), address)
    await once(socket, 'connect')
    fill(socket)
  } else if (verb === 'receive') {
    const peer = await network()
    peer.handle(protocol, stream => stream.onData(count))
    console.log(peer.addresses().find(each => each.includes('/udx')))
  } else {
    const peer = await network()
    void pour(await peer.open([target], protocol))
  }
}

async function pour(stream: PeerStream): Promise<void> {
  for (;;) if (!stream.send(chunk())) await stream.drained()
}

await begin()
for (;;) {
  await line()
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ received, cpuSeconds: (user + system) / 1e6 }))
}
