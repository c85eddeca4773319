import { startDaemon } from '../../src/daemon/index.ts'
import { fakeFactory } from './fake-peer.ts'

// A daemon in a process of its own, for tests that kill it: `node fake-daemon.ts HOME`. Prints its pid when it is ready.
await startDaemon({
  home: process.argv[2]!,
  environment: {},
  flags: { 'daemon.apiPort': 0 },
  sections: {},
  createPeer: fakeFactory(),
})
console.log(process.pid)
