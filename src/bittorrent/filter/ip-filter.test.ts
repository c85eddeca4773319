import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { fuzz } from './filter-line.fuzz.ts'
import { type FilterRange, parseFilterLine } from './filter-line.ts'
import { IpFilter } from './ip-filter.ts'
import { readFilter } from './read-filter.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/peerage-filter-`)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const limits = { maxFilterBytes: 1 << 20, maxFilterRanges: 1000 }
let made = 0
function file(content: string | Uint8Array): string {
  const path = `${folder}/${made++}`
  fs.writeFileSync(path, content)
  return path
}

describe('a line', () => {
  const one = { first: [0x01020300], last: [0x010203ff] }
  const six = { first: [0x20010db8, 0, 0, 0], last: [0x20010db8, 0, 0, 0xffff] }

  it.each([
    ['eMule', '001.002.003.000 - 001.002.003.255 , 000 , Some: name - 1.1.1.1', one],
    ['eMule, without name', '1.2.3.0 - 1.2.3.255,100', one],
    ['PeerGuardian', 'Bad - people: of 9.9.9.9:1.2.3.0-1.2.3.255', one],
    ['PeerGuardian, IPv6', 'Some: name:2001:db8::-2001:db8::ffff', six],
    ['a range', '1.2.3.0-1.2.3.255', one],
    ['a range of IPv6', '2001:db8:: - 2001:db8::ffff', six],
    ['CIDR', '1.2.3.0/24', one],
    ['CIDR with a comment', '1.2.3.0/24 ; SBL123', one],
    ['an address', ' 1.2.3.4 # me', { first: [0x01020304], last: [0x01020304] }],
  ])('%s', (_what, line, wanted) => {
    expect(parseFilterLine(line)).toEqual(wanted)
  })

  it.each(['', '   ', '# comment', '; comment', '// comment', '1.2.3.0 - 1.2.3.255 , 128 , allowed'])(
    'that says nothing: %j',
    line => {
      expect(parseFilterLine(line)).toBe('none')
    },
  )

  it.each([
    ...[
      'hello',
      '1.2.3.0 - 1.2.3.999',
      '1.2.3.4/33',
      'name:1.2.3.4',
      '1.2.3.4 - ',
      '<html>',
      `1.2.3.4${' '.repeat(1024)}`,
    ],
  ])('that is not understood: %j', line => {
    expect(parseFilterLine(line)).toBe('junk')
  })
})

it('random and changed lines reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  const noise = fc.array(fc.constantFrom(...'0123456789abcdef.:-/,; #x\r'), { maxLength: 60 })
  fc.assert(
    fc.property(noise, letters => fuzz.run(Buffer.from(letters.join('')))),
    { numRuns: 2_000 },
  )
  const octet = fc.integer({ min: 0, max: 255 })
  const address = fc.tuple(octet, octet, octet, octet).map(parts => parts.join('.'))
  const label = fc.string({ maxLength: 20 }).map(text => text.replace(/[\r\n]/g, ''))
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 32 }), label, (ip, bits, name) => {
      const cidr = parseFilterLine(`${ip}/${bits}`) as FilterRange
      const [first, last] = [cidr.first, cidr.last].map(([word]) => textOf(word!))
      expect(parseFilterLine(`${first} - ${last} , 0 , ${name}`)).toEqual(cidr)
      expect(parseFilterLine(`x${name}:${first}-${last}`)).toEqual(cidr)
    }),
  )
})

function textOf(word: number): string {
  return [24, 16, 8, 0].map(by => (word >>> by) & 255).join('.')
}

describe('a list', () => {
  const text = '# list\r\nx:1.2.3.0-1.2.3.255\r\nhello\n1.2.3.128-1.2.4.1\n2.0.0.9-2.0.0.1\n2001:db8::/32'

  it.each([
    ['plain', text],
    ['gzipped', gzipSync(text)],
  ])('%s: what is understood counts, junk is told', async (_what, content) => {
    const list = await readFilter(file(content), limits)
    expect(list).toMatchObject({ lines: 3, junk: 2, junkLines: [3, 5] })
    expect(list.ranges.count).toBe(2)
    expect(list.ranges.has('1.2.4.1')).toBe(true)
    expect(list.ranges.has('2001:db8:ffff::1')).toBe(true)
  })

  it('lines may be cut anywhere', async () => {
    const lines = Array.from(
      { length: 9_000 },
      (_, i) => `name ${i}:7.${i >> 8}.${i & 255}.0-7.${i >> 8}.${i & 255}.9`,
    )
    const list = await readFilter(file(lines.join('\n')), { ...limits, maxFilterRanges: 9_000 })
    expect(list).toMatchObject({ lines: 9_000, junk: 0 })
    expect(list.ranges.count).toBe(9_000)
  })

  it.each([
    ['is not there', () => `${folder}/none`, 'cannot be read'],
    ['is no list', () => file('<html>\n<body>'), 'no addresses that are understood'],
    ['is broken gzip', () => file(gzipSync(text).subarray(0, 20)), 'cannot be read'],
    ['is too long', () => file(gzipSync(Buffer.alloc(2 << 20))), 'bittorrent.maxFilterBytes'],
    ['has too many ranges', () => file('1.1.1.1\n'.repeat(1001)), 'bittorrent.maxFilterRanges'],
  ])('that %s is refused', async (_what, make, message) => {
    await expect(readFilter(make(), limits)).rejects.toThrow(message)
  })

  it('of half a million ranges is read in turns, and asked in no time', async () => {
    const path = file(longList(500_000))
    const spent = (): number => process.threadCpuUsage().user / 1000
    let longest = 0
    let last = spent()
    let running = true
    const watch = (): void => {
      const now = spent()
      longest = Math.max(longest, now - last)
      last = now
      if (running) setImmediate(watch)
    }
    const before = last
    setImmediate(watch)
    const list = await readFilter(path, { maxFilterBytes: 1 << 28, maxFilterRanges: 1_000_000 })
    running = false
    const reading = spent() - before
    expect(list.ranges.count).toBe(500_000)
    const asked = spent()
    let blocked = 0
    for (let i = 0; i < 1_000_000; i++)
      if (list.ranges.has(`${i & 127}.${(i >> 3) & 255}.${(i >> 5) & 255}.7`)) blocked++
    const asking = (spent() - asked) / 1000
    console.log(
      `500,000 ranges: ${Math.round(reading)} ms of CPU, at most ${Math.round(longest)} ms at a time, ${asking.toFixed(2)} µs to ask (${blocked})`,
    )
    // Of this thread alone; twice what is wished, because caches are shared with whatever else runs.
    expect(reading).toBeLessThan(2_000)
    expect(longest).toBeLessThan(100)
    expect(asking).toBeLessThan(2)
  })
})

describe('a filter', () => {
  it('spares this machine and local networks, follows its file, and keeps what it had when the file is bad', async () => {
    const world = new VirtualWorld(1)
    let changes = 0
    const filter = new IpFilter(world, limits)
    filter.onChange(() => changes++)
    const path = file('0.0.0.0-255.255.255.255')
    await filter.use(path)
    expect(changes).toBe(1)
    for (const [ip, wanted] of [
      ['8.8.8.8', true],
      ['127.0.0.1', false],
      ['192.168.1.9', false],
      ['2001:db8::1', false],
    ] as const)
      expect([ip, filter.blocks(ip)]).toEqual([ip, wanted])
    fs.writeFileSync(path, '9.9.9.0/24')
    await changed(world, () => !filter.blocks('8.8.8.8'))
    expect(filter.blocks('9.9.9.9')).toBe(true)
    fs.writeFileSync(path, 'nonsense, all of it')
    await changed(world, () => filter.status().problem !== undefined)
    expect(filter.blocks('9.9.9.9')).toBe(true)
    await expect(filter.reload()).rejects.toMatchObject({ code: 'config.invalid' })
    await filter.use('')
    expect(filter.isEmpty).toBe(true)
    filter.stop()
  })
})

/** In no order. */
function longList(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const first = ((i * 7_919) % count) * 4_096
    return `Organization ${i}:${textOf(first)}-${textOf(first + 255)}`
  }).join('\n')
}

/** The file is looked at by virtual time, and read by the real disk. */
async function changed(world: VirtualWorld, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) {
    world.advance(30_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(holds()).toBe(true)
}
