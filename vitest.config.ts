import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'web/src/**/*.test.ts',
      'test/{conformance,simulation,architecture,peer}/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    testTimeout: 20_000,
    // Sets up several whole peers, which takes long on a busy machine.
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
