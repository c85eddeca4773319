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
  for (const { fullName, failureMessages } of endedAs(report, 'failed')) {
    console.log(`FAILED in ${name}: ${fullName}`)
    console.log(`  ${failureMessages?.[0]?.slice(0, 600).replaceAll('\n', '\n  ') ?? 'without a message'}`)
  }
  for (const { fullName } of endedAs(report, 'pending', 'skipped', 'todo'))
    console.log(`skipped in ${name}: ${fullName}`)
  const failed = succeeded ? report.numFailedTests : Math.max(1, report.numFailedTests)
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
}

/** The tests that ended so. */
function endedAs(report: VitestReport, ...statuses: readonly string[]): Ended[] {
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => statuses.includes(status))
}
