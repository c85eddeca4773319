import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import { get, Peers } from './peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Real sockets on loopback; peers find each other through the tracker of one of them, or not at all.
const alone = {
  'network.hosts': ['127.0.0.1'],
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
}
const peers = new Peers()
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(name, { ...alone, ...set }, { transports: 'tcp' })

let t: Peer
let port: number
beforeAll(async () => {
  t = await start('t', { 'tracker.maxRequestBytes': 4_096, 'tracker.requestTimeoutMs': 400 })
  port = Number(/\/tcp\/(\d+)/.exec(t.addresses()[0]!)![1])
})
afterAll(() => peers.end())

async function dial(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Whatever ends it, a reset too. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

/** All that comes until the connection ends. */
async function talk(text: string): Promise<string> {
  const socket = await dial()
  socket.write(text, 'latin1')
  let all = ''
  socket.on('data', chunk => (all += chunk.toString('latin1')))
  await closed(socket)
  return all
}

const hash = 'info_hash=aaaaaaaaaaaaaaaaaaaa'
const announce = (port: number): string =>
  `GET /announce?${hash}&port=${port}&left=1 HTTP/1.1\r\nHost: x\r\n\r\n`

describe('the tracker of a peer', () => {
  it('is off until it is started, and then stays on', async () => {
    expect(await t.tracker.status()).toMatchObject({ running: false, urls: [] })
    expect(await talk(announce(1))).toBe('')
    await expect(
      (async () => {
        for await (const _ of t.files.share({ path: peers.root, public: true, tracker: ['own'] }));
      })(),
    ).rejects.toThrow('peerage tracker start')
    expect(await t.tracker.start()).toMatchObject({
      running: true,
      urls: [`http://127.0.0.1:${port}/announce`, `udp://127.0.0.1:${port}/announce`],
    })
    expect(t.config.entry('tracker.enabled')).toMatchObject({ value: true, source: 'file' })
  })

  it.each(['http', 'udp'])('brings others together over %s', async scheme => {
    const url = (await t.tracker.status()).urls.find(one => one.startsWith(scheme))!
    const folder = makeTree(peers.path(`by-${scheme}`), { x: bytesOf(4, 200_000) })
    const a = await start(`a ${scheme}`)
    let magnet = ''
    for await (const update of a.files.share({ path: folder, public: true, hybrid: true, tracker: [url] }))
      if (update.phase === 'shared') magnet = update.magnet
    while ((await t.tracker.status()).contents < 2) await new Promise(resolve => setTimeout(resolve, 10))
    const b = await start(`b ${scheme}`)
    const into = peers.path('into', scheme)
    await get(b, magnet, into)
    expect(treeOf(`${into}/by-${scheme}`)).toEqual(treeOf(folder))
    // Completion is told a moment later, and the answer says how many have it all.
    const seen = async (): Promise<string> => {
      const [row] = await b.files.list()
      return `${row?.seeds} ${row?.leeches}`
    }
    while ((await seen()) !== '2 0') await new Promise(resolve => setTimeout(resolve, 10))
    const [status] = await b.files.trackers({ content: `by-${scheme}` })
    expect(status).toMatchObject({ kind: 'tracker', name: url, seeds: 2 })
    await Promise.all([peers.stop(a), peers.stop(b)])
    expect(await t.tracker.status()).toMatchObject({ peers: 0 })
    await t.tracker.stop()
    await t.tracker.start()
  })

  it('answers several requests of one connection, also when they come at once', async () => {
    const all = await talk(
      `${announce(1) + announce(2)}GET /scrape?${hash} HTTP/1.0\r\n\r\nGET /announce this is never read`,
    )
    const answers = all.split('HTTP/1.1 ').slice(1)
    expect(answers).toHaveLength(3)
    expect(answers[0]).toMatch(
      /^200 OK\r\n[\s\S]*Connection: keep-alive\r\n\r\nd8:completei0e[\s\S]*11:external ip4:/,
    )
    expect(answers[1]?.endsWith('5:peers6:\x7f\0\0\x01\0\x01e')).toBe(true)
    expect(answers[2]).toMatch(
      /Connection: close[\s\S]*d5:filesd20:a{20}d8:completei0e10:downloadedi0e10:incompletei2ee/,
    )
  })

  it.each([
    ['another path', 'GET /announced HTTP/1.1\r\n\r\n', /^HTTP\/1.1 404/],
    ['no version', 'GET /announce\r\n\r\n', /^HTTP\/1.1 400/],
    ['what is no query', 'GET /announce?%%%=&&& HTTP/1.0\r\n\r\n', /failure reason\d+:Which content\?/],
    [
      'a short info hash',
      'GET /announce?info_hash=a&port=1 HTTP/1.0\r\n\r\n',
      /failure reason\d+:An info_hash has 20/,
    ],
    ['a scrape of everything', 'GET /scrape HTTP/1.0\r\n\r\n', /8:retry in5:never/],
    ['a head that is too long', `GET /announce?${'a'.repeat(5_000)}`, /^HTTP\/1.1 431/],
    ['a head that does not end', 'GET /announce?a HTTP/1.1\r\n', /^$/],
    ['silence after an answer', announce(1), /^HTTP\/1.1 200 OK[\s\S]*e$/],
  ])('%s costs a moment', async (_, text, expected) => {
    expect(await talk(text)).toMatch(expected)
  })

  it('does not read on for who does not read', async () => {
    const socket = await dial()
    const many = announce(1).repeat(200)
    let sent = 0
    const end = closed(socket)
    while (sent < 100_000_000 && !socket.destroyed) {
      sent += many.length
      if (!socket.write(many))
        await Promise.race([new Promise(resolve => socket.once('drain', resolve)), end])
    }
    // It was cut off, with little more on the way than the system keeps for both ends.
    expect(sent).toBeLessThan(100_000_000)
  })

  it('answers over UDP, and nothing to what is no question', async () => {
    const socket = createSocket('udp4')
    const answers: Buffer[] = []
    socket.on('message', bytes => answers.push(bytes))
    const send = (hex: string): void => socket.send(Buffer.from(hex, 'hex'), port, '127.0.0.1')
    send('f500000000000000000000010000000900')
    send('00')
    send('0000041727101980000000000000000700')
    while (answers.length < 1) await new Promise(resolve => setTimeout(resolve, 5))
    expect(answers[0]!.toString('hex')).toMatch(/^0000000000000007f5/)
    expect(answers).toHaveLength(1)
    socket.close()
  })

  it('ends with its connections', async () => {
    const socket = await dial()
    socket.write('GET /announce')
    const end = closed(socket)
    // Taken over by then: another connection was answered after it.
    await talk(`GET /scrape?${hash} HTTP/1.0\r\n\r\n`)
    expect(await t.tracker.stop()).toMatchObject({ running: false, contents: 0 })
    await end
    expect(t.config.entry('tracker.enabled').value).toBe(false)
  })
})
