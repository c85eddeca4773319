// Sums up the suites of one .ci/run: `node .ci/totals.ts RESULTS`. Exits 1 when anything failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

interface Tally {
  passed: number
  failed: number
  skipped: number
  /** Of those that passed: how many failed at first. */
  retried: number
}

interface Ended {
  readonly status: string
  readonly fullName: string
  /** Of all tries: one that passed and has some needed its retry. */
  readonly failureMessages?: readonly string[]
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly Ended[]
  }[]
}

const results = process.argv[2] ?? '.'
const total: Tally = { passed: 0, failed: 0, skipped: 0, retried: 0 }

console.log('\nsuite              passed  failed skipped retried')
for (const file of readdirSync(results).filter(name => name.endsWith('.exit'))) {
  const name = file.slice(0, -'.exit'.length)
  const tally = tallyOf(name, readFileSync(join(results, file), 'utf8').trim() === '0')
  total.passed += tally.passed
  total.failed += tally.failed
  total.skipped += tally.skipped
  total.retried += tally.retried
  const { passed, failed, skipped, retried } = tally
  const columns = [passed, failed, skipped, retried].map(count => String(count).padStart(7))
  console.log(`${name.padEnd(18)}${columns.join(' ')}`)
}
if (total.retried > 0)
  console.log(`\n${total.retried} of them failed at first: each hides a defect that chance will bring back`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0

/** What one suite counts for. One that ended badly has failed at least once, whatever its report says. */
function tallyOf(name: string, succeeded: boolean): Tally {
  const path = join(results, `${name}.json`)
  if (!existsSync(path))
    return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0, retried: 0 }
  const report: VitestReport = JSON.parse(readFileSync(path, 'utf8'))
  if (!succeeded && report.numFailedTests === 0) tellEnd(name)
  for (const one of endedAs(report, 'failed')) tell('FAILED', name, one)
  const retried = endedAs(report, 'passed').filter(({ failureMessages = [] }) => failureMessages.length > 0)
  for (const one of retried) tell('passed on retry', name, one)
  for (const { fullName } of endedAs(report, 'pending', 'skipped', 'todo'))
    console.log(`skipped in ${name}: ${fullName}`)
  return {
    passed: report.numPassedTests,
    failed: succeeded ? report.numFailedTests : Math.max(1, report.numFailedTests),
    skipped: report.numPendingTests + report.numTodoTests,
    retried: retried.length,
  }
}

/** Names a test and the file that it is in, and says why its first try failed. */
function tell(how: string, suite: string, { file, fullName, failureMessages = [] }: Placed): void {
  console.log(`${how} in ${suite}: ${file}: ${fullName}`)
  const [message = 'without a message'] = failureMessages
  // Vitest reports of a test that ran out of time only where it stands.
  const text = message.startsWith('Error: STACK_TRACE_ERROR')
    ? `It did not end in time.${message.slice('Error: STACK_TRACE_ERROR'.length)}`
    : message
  const lines = text
    .slice(0, 2000)
    .split('\n')
    .filter(line => !line.includes('/node_modules/'))
  for (const line of lines.slice(0, 12)) console.log(`  ${line.slice(0, 300)}`)
}

/** What a suite said last that ended badly without a failed test: an error that no test waited for is in no report. */
function tellEnd(name: string): void {
  console.log(`FAILED in ${name}: no test, but the suite itself`)
  const said = readFileSync(join(results, `${name}.log`), 'utf8').split('\n')
  // What Node.js or V8 wrote as they gave up; what is after it says only that a process is gone.
  const fatal = said.findIndex(line => /^\s*(# Fatal error|FATAL ERROR)/.test(line))
  if (fatal >= 0) for (const line of said.slice(fatal, fatal + 40)) console.log(`  ${line}`)
  const errors = said.findIndex(line => line.includes('Unhandled Errors'))
  for (const line of errors >= 0 ? said.slice(errors, errors + 80) : said.slice(-40)) console.log(`  ${line}`)
}

interface Placed extends Ended {
  /** Its path from where this runs. */
  readonly file: string
}

/** The tests that ended so. */
function endedAs(report: VitestReport, ...statuses: readonly string[]): Placed[] {
  return report.testResults
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(one => ({ ...one, file: relative(process.cwd(), name) })),
    )
    .filter(({ status }) => statuses.includes(status))
}
