/** `npm test`: types, style, imports, unused code, generated pages, packed packages, tests. Runs them all; the last line counts. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, root, toolPath } from './setup.mjs'

const STATIC_CHECKS_AT_ONCE = 2

const steps = {
  types: [toolPath('typescript', 'bin', 'tsc'), '-b'],
  lint: [toolPath('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0'],
  format: [toolPath('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  imports: [toolPath('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.mjs', 'packages'],
  unused: [toolPath('knip', 'bin', 'knip.js'), '--no-config-hints'],
  docs: [join(root, 'scripts', 'write-docs.mjs'), '--check'],
  packages: [join(root, 'scripts', 'check-packages.mjs')],
}

const temporary = mkdtempSync(join(tmpdir(), 'chorale-test-'))
const report = join(temporary, 'vitest.json')
const vitest = [toolPath('vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const slurmReport = join(temporary, 'slurm.json')
const slurm = [join(root, 'scripts', 'slurm-test.mjs'), '--report', slurmReport]

function run(args, stdio) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, { cwd: root, stdio })
    let output = ''
    child.stdout?.on('data', chunk => (output += chunk))
    child.stderr?.on('data', chunk => (output += chunk))
    child.on('error', error => resolve({ ok: false, output: error.message }))
    child.on('close', code => resolve({ ok: code === 0, output }))
  })
}

/** Runs one check and prints its line, with what it said when it failed. Returns whether it passed. */
async function check(name) {
  const begun = performance.now()
  const { ok, output } = await run(steps[name], ['ignore', 'pipe', 'pipe'])
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(9)} ${seconds.padStart(6)} s`)
  if (!ok) console.log(`       node ${steps[name].map(word => word.replace(root, '')).join(' ')}\n${output.trimEnd()}\n`)
  return ok
}

/** Several checks, a few at a time. */
async function checkAll(names) {
  const waiting = [...names]
  const results = []
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) results.push(await check(name))
  }
  await Promise.all(Array.from({ length: STATIC_CHECKS_AT_ONCE }, lane))
  return results
}

const testFiles = path => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : [])

/**
 * Counts the tests in vitest's JSON reports; a file that ran on a real Slurm is not one that was skipped for want of it. A file that could not be loaded counts as one
 * failure, and so does an error outside any test.
 */
function countTests(allPassed) {
  const count = { passed: 0, failed: 0, skipped: 0 }
  const files = new Map([...testFiles(report), ...testFiles(slurmReport)].map(file => [file.name, file]))
  for (const file of files.values()) {
    for (const test of file.assertionResults) count[test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped']++
    if (file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')) count.failed++
  }
  if (!allPassed && count.failed === 0) count.failed++
  return count
}

prepare()
const results = [await check('types'), ...(await checkAll(Object.keys(steps).filter(name => name !== 'types')))]

const begun = performance.now()
// Those on a real Slurm mostly wait for it.
const onSlurm = run(slurm, ['ignore', 'pipe', 'pipe'])
const tests = await run(vitest, ['ignore', 'inherit', 'inherit'])
const slurmTests = await onSlurm
console.log(slurmTests.output.trimEnd())
const passed = tests.ok && slurmTests.ok
const count = countTests(passed)
rmSync(temporary, { recursive: true, force: true })
console.log(`${passed ? 'ok    ' : 'FAILED'} ${'tests'.padEnd(9)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`)

for (const ok of results) count[ok ? 'passed' : 'failed']++
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
process.exitCode = count.failed > 0 ? 1 : 0
