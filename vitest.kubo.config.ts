import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/kubo/**/*.test.ts'],
    passWithNoTests: true,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    fileParallelism: false,
    // A program of others takes part, with timers of its own: what fails once gets one more try, which the report shows.
    retry: 1,
  },
})
