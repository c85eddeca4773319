/** Meant to be killed: moves a content to INTO, saying `started`, `let go` and `moved`. */
import fs from 'node:fs'
import { systemWorld } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'

const [home, hash, into] = process.argv.slice(2) as [string, string, string]
const say = (line: string): void => void fs.writeSync(1, `${line}\n`)
const store = await openStore({ home, world: systemWorld, workers: 1 })
await store.get(hash)!.ready
say('started')
await store.move(hash, into, { beforeSwitch: async () => say('let go') })
say('moved')
await store.close()
