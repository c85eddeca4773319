// One gateway over a store, in a process of its own: `node bench/gateway-node.ts HOME PATH`. Writes the port and the CID, and runs until it is ended.
import { systemWorld } from '../src/base/index.ts'
import { listenForGateway } from '../src/daemon/gateway-server.ts'
import { gatewayConfig, startGateway } from '../src/services/gateway/index.ts'
import { openStore } from '../src/store/index.ts'

const [home = '', path = ''] = process.argv.slice(2)
const store = await openStore({ home, world: systemWorld })
const stored = await store.createShare(path, { unixfs: 'unixfs-v1-2025' })
const config = gatewayConfig.parse({ port: 0, fetch: false })
const { state } = startGateway({
  world: systemWorld,
  config,
  blocks: {
    find: cid => store.blocks.find(cid),
    isPublic: ({ contents }) => contents.length > 0,
    isOf: () => false,
  },
  denylists: { check: () => undefined, checkLink: () => undefined, denies: () => false },
  session: () => undefined,
  names: undefined,
  rootOf: () => ({ cid: store.blocks.dagOf(stored.hash)!, path: [] }),
  failed: error => console.error(error),
  keepEnabled: async () => undefined,
})
await state.attach(options => listenForGateway(options, false))
const { url = '' } = await state.setEnabled(true)
console.log(JSON.stringify({ port: Number(new URL(url).port), cid: String(store.blocks.dagOf(stored.hash)) }))
