import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What is said at the end of a run that left these files. */
function totalsOf(files: Readonly<Record<string, string>>): { status: number | null; stdout: string } {
  const folder = mkdtempSync(join(tmpdir(), 'peerage-totals-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const script = join(root, '.ci/totals.ts')
    return spawnSync(process.execPath, [script, folder], { cwd: root, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1)
}

test('the end of a CI run names what failed and what passed only on its retry, with file and reason', () => {
  const late = 'Error: STACK_TRACE_ERROR\n    at task (/x/node_modules/y.js:1:1)\n    at /x/relay.test.ts:5:2'
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
  const files = { 'lab.json': JSON.stringify(report), 'lab.exit': '1\n', 'lint.exit': '0\n' }
  const { status, stdout } = totalsOf(files)
  expect(status).toBe(1)
  const file = 'test/lab/relay.test.ts'
  expect(stdout).toContain(`FAILED in lab: ${file}: never\n  TypeError: no\n`)
  expect(stdout).toContain(`passed on retry in lab: ${file}: by luck\n  AssertionError: expected 1 to be 2\n`)
  expect(stdout).toContain(
    `passed on retry in lab: ${file}: in time\n  It did not end in time.\n      at /x/relay.test.ts:5:2\n`,
  )
  expect(stdout).not.toContain('at once')
  expect(stdout).toMatch(/^lab +3 +1 +1 +2$/m)
  expect(lastLine(stdout)).toBe('4 passed, 1 failed, 1 skipped')
})

test('the end of a CI run says why a suite ended badly of which no test failed', () => {
  const report = {
    numPassedTests: 2,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  }
  const fatal = ['# Fatal error in , line 0', '# Check failed: true.']
  const said = ['well', ...fatal, ...Array(60).fill('more'), '⎯ Unhandled Errors ⎯', 'Worker exited']
  const { status, stdout } = totalsOf({
    'crash.json': JSON.stringify(report),
    'crash.log': said.join('\n'),
    'crash.exit': '1\n',
  })
  expect(status).toBe(1)
  expect(stdout).toContain(`FAILED in crash: no test, but the suite itself\n  ${fatal.join('\n  ')}\n`)
  expect(stdout).toContain('Worker exited')
  expect(lastLine(stdout)).toBe('2 passed, 1 failed, 0 skipped')
})
