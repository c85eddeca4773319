// Sums up the suites of one .ci/run: `node .ci/totals.ts RESULTS`. Exits 1 when anything failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
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
  for (const title of skippedIn(report)) console.log(`skipped in ${name}: ${title}`)
  const failed = succeeded ? report.numFailedTests : Math.max(1, report.numFailedTests)
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
}

function skippedIn(report: VitestReport): readonly string[] {
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName)
}
