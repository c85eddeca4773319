import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('the end of a CI run names what failed and what passed only on its retry, with file and reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peerage-totals-'))
  try {
    const late =
      'Error: STACK_TRACE_ERROR\n    at task (/x/node_modules/y.js:1:1)\n    at /x/relay.test.ts:5:2'
    const assertionResults = [
      { status: 'passed', fullName: 'at once', failureMessages: [] },
      { status: 'passed', fullName: 'by luck', failureMessages: ['AssertionError: expected 1 to be 2'] },
      { status: 'passed', fullName: 'in time', failureMessages: [late] },
      { status: 'failed', fullName: 'never', failureMessages: ['TypeError: no'] },
      { status: 'skipped', fullName: 'not here', failureMessages: [] },
    ]
    const report = {
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 0,
      testResults: [{ name: join(root, 'test/lab/relay.test.ts'), assertionResults }],
    }
    writeFileSync(join(folder, 'lab.json'), JSON.stringify(report))
    writeFileSync(join(folder, 'lab.exit'), '1\n')
    writeFileSync(join(folder, 'lint.exit'), '0\n')
    const script = join(root, '.ci/totals.ts')
    const { status, stdout } = spawnSync(process.execPath, [script, folder], { cwd: root, encoding: 'utf8' })
    expect(status).toBe(1)
    const file = 'test/lab/relay.test.ts'
    expect(stdout).toContain(`FAILED in lab: ${file}: never\n  TypeError: no\n`)
    expect(stdout).toContain(
      `passed on retry in lab: ${file}: by luck\n  AssertionError: expected 1 to be 2\n`,
    )
    expect(stdout).toContain(
      `passed on retry in lab: ${file}: in time\n  It did not end in time.\n      at /x/relay.test.ts:5:2\n`,
    )
    expect(stdout).not.toContain('at once')
    expect(stdout).toMatch(/^lab +3 +1 +1 +2$/m)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('4 passed, 1 failed, 1 skipped')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
