// Prints `passed failed` of a vitest JSON report; a run that broke without a failing test counts as one failure.
import { existsSync, readFileSync } from 'node:fs'

const [path = '', status = '1'] = process.argv.slice(2)
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
const suites = (report.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
const failed = (report.numFailedTests ?? 0) + suites.length
console.log(report.numPassedTests ?? 0, failed === 0 && status !== '0' ? 1 : failed)
