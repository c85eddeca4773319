import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    passWithNoTests: true,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    fileParallelism: false,
    // Programs of others take part, with timers of their own: what fails once in hundreds of tests gets one more try, which the report shows.
    retry: 1,
  },
})
