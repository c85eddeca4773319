import * as vitest from 'vitest'

type Body = (this: { timeout(ms: number): void; skip(): void }) => unknown

/** The compliance tests are written for mocha: its words, said in vitest's. */
Object.assign(globalThis, {
  describe: vitest.describe,
  afterEach: vitest.afterEach,
  beforeEach: vitest.beforeEach,
  it: (name: string, body: Body) =>
    vitest.test(name, async ({ skip }) => {
      await body.call({ timeout: () => {}, skip: () => skip() })
    }),
})
