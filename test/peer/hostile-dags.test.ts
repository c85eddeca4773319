import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ForgeGateway } from './forge-gateway.ts'
import {
  circularLinks,
  deepFile,
  deepFolders,
  deepHamt,
  Forge,
  type Job,
  type JobReport,
  laughingFile,
  laughingFolders,
  type MemoryReport,
  wideFolders,
  wideHamt,
} from './hostile-dags.ts'
import { Peers } from './peers.ts'

interface Case {
  readonly name: string
  make(forge: Forge): CID
  /** What each face says: a code, a status, or how much there is where all of it is small. */
  readonly faces: Readonly<Partial<Record<Job['face'], string>>>
}

const cases: readonly Case[] = [
  {
    name: '10,000 folders in one another',
    make: forge => deepFolders(forge, 10_000),
    faces: {
      get: 'dag.limit',
      preview: 'dag.limit',
      export: 'dag.limit',
      pin: 'dag.limit',
      ls: '1',
      page: '200',
      car: '200 cut',
    },
  },
  {
    name: '10,000 nodes of a file in one another',
    make: forge => deepFile(forge, 10_000),
    faces: { get: 'dag.limit', cat: 'dag.limit', page: '502', export: 'dag.limit' },
  },
  {
    name: '10 levels of 174 names for the same folder',
    make: forge => laughingFolders(forge, 10),
    faces: {
      get: 'dag.limit',
      preview: 'dag.limit',
      export: '11',
      pin: '11',
      ls: '174',
      page: '200',
      car: '200',
      carWithDups: '200 cut',
    },
  },
  {
    name: 'a file of petabytes out of one byte',
    make: forge => laughingFile(forge, 7),
    faces: { get: 'store.disk-full', cat: '100', export: '8', pin: '8' },
  },
  {
    name: 'a file of more bytes than there are numbers',
    make: forge => laughingFile(forge, 8),
    faces: { get: 'dag.limit', cat: 'dag.limit', ls: 'dag.limit', page: '502' },
  },
  {
    name: 'ten million files in 3,200 folders',
    make: forge => wideFolders(forge, 3_200, 3_200),
    faces: {
      get: 'dag.limit',
      preview: 'dag.limit',
      export: 'dag.limit',
      pin: 'dag.limit',
      ls: '3201',
      page: '200',
    },
  },
  {
    name: 'a HAMT of 10,000 nodes in one another',
    make: forge => deepHamt(forge, 10_000),
    faces: { get: 'dag.invalid', ls: 'dag.invalid', page: '502' },
  },
  {
    name: 'a HAMT of more names than are listed',
    make: forge => wideHamt(forge, 25_000),
    faces: { ls: 'dag.limit', page: '200' },
  },
  { name: 'links in circles', make: circularLinks, faces: { get: 'complete', ls: '5' } },
]
/** For JavaScript, and in all: buffers, blocks in shared memory, and the 250 MB of a peer that does nothing included. */
const [heapMiB, mostRss] = [256, 900e6]

const peers = new Peers()
const forge = new Forge()
const gateway = new ForgeGateway(forge)
const roots = cases.map(({ make }) => String(make(forge)))
const reports: JobReport[] = []
let memory: MemoryReport | undefined

beforeAll(async () => {
  const jobs = cases.flatMap(({ faces }, i) => Object.keys(faces).map(face => ({ face, what: roots[i] })))
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${heapMiB}`,
      fileURLToPath(new URL('hostile-dag-child.ts', import.meta.url)),
      peers.home('child'),
      await gateway.start(),
      JSON.stringify(jobs),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const report = JSON.parse(line) as JobReport | MemoryReport
    if ('maxRss' in report) memory = report
    else reports.push(report)
  }
}, 400_000)
afterAll(async () => {
  gateway.stop()
  await peers.end()
})

describe('a DAG that is made to cost much', () => {
  it.each(cases.map(({ name, faces }, i) => [name, faces, roots[i]] as const))(
    'is refused, or given as far as it is small: %s',
    (_, faces, root) => {
      const own = reports.filter(({ what }) => what === root)
      expect(Object.fromEntries(own.map(({ face, result }) => [face, result]))).toEqual(faces)
    },
  )

  it('takes no more memory than a small computer has', () => {
    expect(memory?.maxRss).toBeLessThan(mostRss)
  })

  it('leaves nothing behind, in the folder of downloads or elsewhere', () => {
    const home = peers.home('child')
    const left = fs.readdirSync(`${home}/into`, { recursive: true }).map(String).toSorted()
    const circles = roots.at(-1)!
    expect(left).toEqual([circles, ...['a', 'b', 'c', 'x'].map(name => `${circles}/${name}`)])
    expect(fs.readdirSync(home).filter(name => name.startsWith('out.car'))).toEqual(['out.car'])
    expect(fs.readdirSync(`${home}/trees`)).toEqual([])
  })

  it('never makes it ask for more than a bound says', () => {
    expect(gateway.asked).toBeLessThan(10_000)
  })
})
