/** `npm test`: types, style, imports, unused code, generated pages, packed packages, tests. Runs them all; the last line counts. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, root, toolPath } from './setup.mjs'

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

/**
 * For the tests, which start Node some thousands of times: it reads certificates at every start, and only package managers need them (`test/packages/command.ts` gives
 * them back).
 */
function withoutCertificates() {
  const { NODE_EXTRA_CA_CERTS: certificates, ...environment } = process.env
  return { ...environment, ...(certificates ? { CHORALE_TEST_CA_CERTS: certificates } : {}) }
}

function run(args, stdio, { env = process.env, started = () => undefined } = {}) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio })
    child.on('spawn', () => started(child))
    let output = ''
    child.stdout?.on('data', chunk => (output += chunk))
    child.stderr?.on('data', chunk => (output += chunk))
    child.on('error', error => resolve({ ok: false, output: error.message }))
    child.on('close', code => resolve({ ok: code === 0, output }))
  })
}

function yieldToOthers({ pid }) {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // Its priority is lower already, or it has ended.
  }
}

/** Runs one check; `text` is its line, with what it said when it failed. */
async function check(name, options) {
  const begun = performance.now()
  const { ok, output } = await run(steps[name], ['ignore', 'pipe', 'pipe'], options)
  const line = lineOf(ok, name, begun)
  return {
    ok,
    text: ok ? line : `${line}\n       node ${steps[name].map(word => word.replace(root, '')).join(' ')}\n${output.trimEnd()}\n`,
  }
}

const lineOf = (ok, name, begun) =>
  `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(9)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`

/** One check after another. Prints each when it has ended. */
async function checkAll(...names) {
  const results = []
  for (const name of names) {
    const result = await check(name)
    console.log(result.text)
    results.push(result)
  }
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
// Two at a time; all but the format are of what the compiler writes.
const format = checkAll('format')
const types = await checkAll('types')
const others = checkAll('packages')
const results = [...types, ...(await checkAll('imports', 'docs', 'unused')), ...(await format), ...(await others)]

const begun = performance.now()
// Nobody waits for these: those on a real Slurm mostly wait for it, and lint takes what the tests leave of the processors.
const onSlurm = run(slurm, ['ignore', 'pipe', 'pipe'])
const lint = check('lint', { started: yieldToOthers })
const tests = await run(vitest, ['ignore', 'inherit', 'inherit'], { env: withoutCertificates() })
const slurmTests = await onSlurm
console.log(slurmTests.output.trimEnd())
const passed = tests.ok && slurmTests.ok
const count = countTests(passed)
rmSync(temporary, { recursive: true, force: true })
results.push(await lint)
console.log(results.at(-1).text)
console.log(lineOf(passed, 'tests', begun))

for (const { ok } of results) count[ok ? 'passed' : 'failed']++
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
process.exitCode = count.failed > 0 ? 1 : 0
