import { defineConfig } from 'vitest/config'

/** Whatever keeps no state of its own, reads no clock and opens nothing: these may share a process, which saves loading all that they import again for each. */
const alike = [
  'src/{base,wire,content,access,swarm}/**/*.test.ts',
  'web/src/**/*.test.ts',
  'test/{conformance,simulation}/**/*.test.ts',
]
const others = ['src/**/*.test.ts', 'test/{architecture,peer}/**/*.test.ts', 'bench/**/*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // Sets up several whole peers, which takes long on a busy machine.
    hookTimeout: 60_000,
    // What is waited for may take as long as its test: the second that vitest gives is too short when the machine is busy.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'alike', include: alike, isolate: false } },
      { extends: true, test: { name: 'alone', include: others, exclude: ['**/node_modules/**', ...alike] } },
    ],
  },
})
