import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    passWithNoTests: true,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // The compliance tests of libp2p want aegir, which brings half a gigabyte.
    alias: { 'aegir/chai': new URL('./test/interop/compliance/aegir-chai.ts', import.meta.url).pathname },
    server: { deps: { inline: ['@libp2p/interface-compliance-tests'] } },
    fileParallelism: false,
    // Most of the time of these is spent waiting for the timers of others: some run at once, each with hosts of its own.
    maxConcurrency: 3,
    // Programs of others take part, with timers of their own: what fails once in hundreds of tests gets one more try, which the report shows.
    retry: 1,
  },
})
