/**
 * Moves bytes through ONE PeerStream between two processes on 127.0.0.1 and prints throughput, CPU seconds per GB and peak
 * memory of each side. `node bench/micro/network.ts [MiB=1024] [KiB per send=256] [raw-tls]`; `raw-tls` measures what Node's
 * own TLS does on the same machine with the same certificates, as the bar to reach.
 */
import { fork } from 'node:child_process'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { systemWorld } from '../../src/base/index.ts'
import { createNetwork } from '../../src/network/index.ts'

const protocol = '/peerage-bench/1'
const [mebibytes = '1024', kibibytes = '256', mode = 'peer-stream', role = 'sender', target = ''] =
  process.argv.slice(2)
const total = Number(mebibytes) * 1024 * 1024
const chunkBytes = Number(kibibytes) * 1024

interface Report {
  readonly seconds: number
  readonly firstByteMs?: number
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function print(side: string, report: Report, cpuBefore: number): void {
  const gigabytes = total / 1e9
  const rss = process.resourceUsage().maxRSS / 1024
  const rate = (total / 1e6 / report.seconds).toFixed(0).padStart(5)
  const cpu = ((cpuSeconds() - cpuBefore) / gigabytes).toFixed(2)
  const first = report.firstByteMs === undefined ? '' : `  first byte ${report.firstByteMs.toFixed(1)} ms`
  console.log(`${side.padEnd(8)} ${rate} MB/s  ${cpu} CPU s/GB  peak ${rss.toFixed(0)} MiB${first}`)
}

const tlsOptions = async (): Promise<{ key: string; cert: string }> => {
  const { generateCertificate } = await import('@libp2p/tls/utils')
  const { generateKeyPair } = await import('@libp2p/crypto/keys')
  return generateCertificate(await generateKeyPair('Ed25519'))
}

function countTo(done: () => void): (chunk: Uint8Array) => void {
  let received = 0
  return chunk => {
    received += chunk.length
    if (received >= total) done()
  }
}

async function receive(): Promise<void> {
  let started = 0
  let cpuBefore = 0
  const begin = (): void => {
    started = performance.now()
    cpuBefore = cpuSeconds()
  }
  const end = (): void => print('receiver', { seconds: (performance.now() - started) / 1000 }, cpuBefore)
  if (mode === 'raw-tls') {
    const server = createServer({ ...(await tlsOptions()), minVersion: 'TLSv1.3' }, socket => {
      begin()
      const take = countTo(() => {
        end()
        socket.end('done')
        server.close()
      })
      socket.on('data', take)
    })
    server.listen(0, '127.0.0.1', () => process.send?.(String((server.address() as { port: number }).port)))
    return
  }
  const seed = systemWorld.random.bytes(32)
  const network = await createNetwork({ identity: { seed }, world: systemWorld, config: benchConfig })
  network.handle(protocol, stream => {
    begin()
    const take = countTo(() => {
      end()
      stream.send(new Uint8Array(1))
      setTimeout(() => void network.stop(), 200)
    })
    stream.onData(take)
  })
  process.send?.(network.addresses()[0])
}

const benchConfig = { hosts: ['127.0.0.1'], mdns: false }

async function sendThroughTls(): Promise<Report> {
  const socket = await new Promise<TLSSocket>(resolve => {
    const opened = connect({ port: Number(target), host: '127.0.0.1', rejectUnauthorized: false }, () =>
      resolve(opened),
    )
  })
  const started = performance.now()
  const chunk = new Uint8Array(chunkBytes).fill(7)
  const done = new Promise(resolve => socket.on('data', resolve))
  for (let sent = 0; sent < total; sent += chunkBytes) {
    if (!socket.write(chunk)) await new Promise(resolve => socket.once('drain', resolve))
  }
  await done
  const seconds = (performance.now() - started) / 1000
  socket.end()
  return { seconds }
}

async function sendThroughPeerStream(): Promise<Report> {
  const seed = systemWorld.random.bytes(32)
  const network = await createNetwork({ identity: { seed }, world: systemWorld, config: benchConfig })
  const dialled = performance.now()
  const stream = await network.open([target], protocol)
  const firstByteMs = performance.now() - dialled
  const started = performance.now()
  const done = new Promise<void>(resolve => stream.onData(() => resolve()))
  // The same few buffers again and again, as a store would lend them: allocating is not what is measured.
  const chunk = new Uint8Array(chunkBytes).fill(7)
  for (let sent = 0; sent < total; sent += chunkBytes) {
    if (!stream.send(chunk)) await stream.drained()
  }
  await done
  const seconds = (performance.now() - started) / 1000
  await network.stop()
  return { seconds, firstByteMs }
}

if (role === 'sender' && target === '') {
  const self = fileURLToPath(import.meta.url)
  const profile = (name: string): string[] =>
    process.env.BENCH_PROFILE === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`, `--cpu-prof-name=${name}.cpuprofile`]
  const receiver = fork(self, [mebibytes, kibibytes, mode, 'receiver'], { execArgv: profile('receiver') })
  receiver.once('message', address => {
    fork(self, [mebibytes, kibibytes, mode, 'sender', String(address)], { execArgv: profile('sender') })
  })
} else if (role === 'receiver') await receive()
else {
  const cpuBefore = cpuSeconds()
  print('sender', await (mode === 'raw-tls' ? sendThroughTls() : sendThroughPeerStream()), cpuBefore)
}
