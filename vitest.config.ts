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
    pool: 'forks',
    maxWorkers: 2,
  },
})
