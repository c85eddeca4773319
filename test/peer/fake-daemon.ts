import { startFakeDaemon } from './start-fake-daemon.ts'

// A daemon in a process of its own, for tests that kill it: `node fake-daemon.ts HOME`. Prints its pid when it is ready.
await startFakeDaemon(process.argv[2]!)
console.log(process.pid)
