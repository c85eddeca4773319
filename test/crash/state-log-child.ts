/** Changes the state of a store as fast as it can, for being killed; prints `put N` when change N was acknowledged. */
import { systemWorld } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'

const [home, from] = process.argv.slice(2) as [string, string]
const store = await openStore({ home, world: systemWorld, workers: 1, config: { stateLogBytes: 4096 } })
for (let n = Number(from); ; n++) {
  store.state.put('crash', `key ${n % 10}`, { n, text: 'x'.repeat(100) })
  if (n % 7 === 0) store.state.delete('crash', 'key 3')
  await new Promise(resolve => process.stdout.write(`put ${n}\n`, resolve))
}
