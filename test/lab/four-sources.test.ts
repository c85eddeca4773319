import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { writeRandomFile } from '../../bench/test-data.ts'
import { formatLink, parseLink } from '../../src/content/index.ts'
import { createLab, type Lab, missingForLab } from './lab.ts'

const missing = missingForLab()
const title = missing === undefined ? 'the lab' : `the lab (skipped: ${missing})`
/** Bytes; PEERAGE_LAB_BYTES=1073741824 is what the issue asks for. */
const size = Number(process.env.PEERAGE_LAB_BYTES ?? 256 * 1024 ** 2)
const uplinkMbit = 40
const program = join(import.meta.dirname, 'source-peer.ts')
const webPort = 8000

interface Shared {
  readonly link: string
  readonly cid?: string
  readonly addresses: readonly string[]
}

test.skipIf(missing !== undefined)(
  `${title}: one file comes from BitTorrent, IPFS, the web and a private peer at once, from each as fast as it gives`,
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'peerage-lab-'))
    try {
      await using lab = await createLab({ hosts: 5, uplinkMbit, rttMs: 20 })
      const source = join(home, 'film.bin')
      await writeRandomFile(source, size)
      await writeRandomFile(join(home, 'hello.bin'), 1000)
      await mkdir(join(home, 'into'))
      const share = (host: number, shares: Readonly<Record<string, object>>): Promise<Shared[]> =>
        answer(lab, host, [
          'share',
          join(home, `home-${host}`),
          ...Object.entries(shares).flatMap(([name, input]) => [join(home, name), JSON.stringify(input)]),
        ])
      const [seed] = await share(1, { 'film.bin': { on: 'bittorrent' } })
      // Whoever fetches is connected to the IPFS peer by something small, as it would be by the DHT.
      const [ipfs, hello] = await share(2, {
        'film.bin': { on: 'ipfs' },
        'hello.bin': { who: ['everyone'] },
      })
      const [member] = await share(4, { 'film.bin': { who: ['everyone'] } })
      await answer<unknown>(lab, 3, ['serve', home, String(webPort)])
      const link = formatLink({
        ...parseLink(seed!.link),
        kind: 'magnet',
        cid: ipfs!.cid!,
        peers: [`${lab.addressOf(1)}:${portOf(seed!)}`],
        members: member!.addresses.filter(address => address.includes(lab.addressOf(4))),
        webSeeds: [`http://${lab.addressOf(3)}:${webPort}/film.bin`],
        trackers: [],
      })
      const got = await answer<{ ms: number; from: Record<string, number> }>(lab, 0, [
        'get',
        join(home, 'home-0'),
        join(home, 'into'),
        hello!.link,
        link,
      ])
      expect(execFileSync('cmp', [source, join(home, 'into', 'film.bin')], { encoding: 'utf8' })).toBe('')
      console.info(`${size} bytes in ${Math.round(got.ms)} ms, from`, got.from)
      const { [`/ipfs/${ipfs!.cid}`]: overIpfs = 0, ...others } = got.from
      // The IPFS peer is one of ours, too, and may be found as that: its line is what counts.
      const its = Object.entries(others).find(([name]) => ipfs!.addresses[0]!.endsWith(name))?.[1] ?? 0
      expect(overIpfs).toBeGreaterThan(size / 32)
      expect(overIpfs + its).toBeGreaterThan(size / 8)
      const rest = Object.values(others).filter(bytes => bytes !== its && bytes > size / 8)
      expect(rest).toHaveLength(3)
      expect(got.ms).toBeLessThan((1.15 * size * 8) / (4 * uplinkMbit * 1000))
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  },
)

/** What a program says in its first line; it goes on until the lab closes. */
async function answer<Answer>(lab: Lab, host: number, args: readonly string[]): Promise<Answer> {
  const child = lab.run(host, [process.execPath, program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${args[0]} on host ${host} ended with ${code}`)
    }),
  ])
  return JSON.parse(String(line))
}

function portOf({ addresses }: Shared): string {
  return /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1] ?? ''
}
