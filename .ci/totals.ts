// Sums up the suites of one .ci/run: `node .ci/totals.ts RESULTS`. Exits 1 when anything failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

interface Ended {
  readonly status: string
  readonly fullName: string
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
const total: Tally = { passed: 0, failed: 0, skipped: 0 }

console.log('\nsuite              passed  failed skipped')
for (const file of readdirSync(results).filter(name => name.endsWith('.exit'))) {
  const name = file.slice(0, -'.exit'.length)
  const tally = tallyOf(name, readFileSync(join(results, file), 'utf8').trim() === '0')
  total.passed += tally.passed
  total.failed += tally.failed
  total.skipped += tally.skipped
  const columns = [tally.passed, tally.failed, tally.skipped].map(count => String(count).padStart(7))
  console.log(`${name.padEnd(18)}${columns.join(' ')}`)
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0

/** What one suite counts for. One that ended badly has failed at least once, whatever its report says. */
function tallyOf(name: string, succeeded: boolean): Tally {
  const path = join(results, `${name}.json`)
  if (!existsSync(path)) return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 }
  const report: VitestReport = JSON.parse(readFileSync(path, 'utf8'))
  if (!succeeded && report.numFailedTests === 0) tellEnd(name)
  for (const { fullName, failureMessages } of endedAs(report, 'failed')) {
    console.log(`FAILED in ${name}: ${fullName}`)
    console.log(`  ${failureMessages?.[0]?.slice(0, 600).replaceAll('\n', '\n  ') ?? 'without a message'}`)
  }
  for (const { fullName } of endedAs(report, 'pending', 'skipped', 'todo'))
    console.log(`skipped in ${name}: ${fullName}`)
  const failed = succeeded ? report.numFailedTests : Math.max(1, report.numFailedTests)
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
}

/** What a suite said last that ended badly without a failed test: an error that no test waited for is in no report. */
function tellEnd(name: string): void {
  console.log(`FAILED in ${name}: no test, but the suite itself`)
  const said = readFileSync(join(results, `${name}.log`), 'utf8').split('\n')
  const errors = said.findIndex(line => line.includes('Unhandled Errors'))
  for (const line of errors >= 0 ? said.slice(errors, errors + 80) : said.slice(-40)) console.log(`  ${line}`)
}

/** The tests that ended so. */
function endedAs(report: VitestReport, ...statuses: readonly string[]): Ended[] {
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => statuses.includes(status))
}
