import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { summarySchema, type PlanPreview } from '@chorale/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { CHORALE, chorale, start, until, type Ended } from './command.js'
import { choraleHere } from './command-here.js'
import { DRAWS, normalFolder, normalModel, normalPosterior, project, SETTINGS, WARMUP } from './project.js'
import { attemptsOf, onlyRun, runsOf, summaryOf } from './run-files.js'
import { hasTerminal, HIDE_CURSOR, onTerminal, screenOf, SHOW_CURSOR } from './terminal.js'

let finished: ReturnType<typeof normalFolder>
let table: Ended

beforeAll(async () => {
  finished = normalFolder({ 'chorale.config.yaml': SETTINGS.replace(/draws: \d+/, 'draws: 300') })
  table = await chorale(finished, 'run', '--combiner', 'consensus')
})
afterAll(() => finished.dispose())

test('the posterior is that of the closed form, within Monte Carlo error', () => {
  const { mean, sd } = normalPosterior()
  const { mu } = summaryOf(onlyRun(finished)).parameters
  // Three shards of 600 draws; the sub-posteriors and their product are Gaussian, so consensus is exact. Bounds: 4 standard errors.
  expect(Math.abs(mu!.mean - mean)).toBeLessThan(4 * mu!.mcseMean!)
  expect(mu!.mcseMean).toBeLessThan(0.1 * sd)
  expect(Math.abs(mu!.sd / sd - 1)).toBeLessThan(4 / Math.sqrt(2 * 600))
})

test('the table is on standard output, the progress on standard error', () => {
  expect(table.code).toBe(0)
  expect(table.stdout).toMatch(/^Posterior\nparameter +mean +sd/)
  expect(table.stdout).toMatch(/^Verdict {2}approximate \(/m)
  expect(table.stdout).not.toMatch(/sampling:|verifying|loading data/)
  expect(table.stderr).toMatch(
    /^bundling: model and sampler\nloading data: data\.csv\nrun \S+: 2,000 rows, 3 shards x 2 chains x 400 iterations, 1 dimension/,
  )
  expect(table.stderr).not.toContain('Posterior')
})

test('off a terminal the progress is plain lines', () => {
  // eslint-disable-next-line no-control-regex -- escape sequences are what must not be there
  expect(table.stdout + table.stderr).not.toMatch(/[\u001b\r]/)
})

test('what the run is expected to take is said before it, and how the shards combined after it', () => {
  expect(table.stderr).toMatch(
    /^expected: 6 tasks, 1 at a time \(\d+ cores?\), 666 to 667 rows a shard, memory at most \d+ MB, disk about/m,
  )
  expect(table.stdout).toMatch(/^Bias {5}\d\.\d\d sd predicted from skewness \(95 % limit \d\.\d\d sd\)$/m)
  expect(table.stdout).toMatch(/^Weight {3}of the precision: 33 % in shard/m)
})

test('--dry-run tells the plan and what it takes, and writes nothing', async () => {
  const where = project()
  const before = readdirSync(where.folder)
  const { code, stdout, stderr } = await chorale(where, 'run', '--dry-run', '--combiner', 'consensus')
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'bundling: model and sampler\nloading data: data.csv\n' })
  expect(stdout).toMatch(/^Shards {3}3 of 666 to 667 rows, combined by consensus$/m)
  expect(stdout).toContain(`\nTasks    6: 2 chains of each shard by nuts, ${WARMUP + DRAWS} iterations each\n`)
  expect(stdout).toMatch(/^Backend {2}cpu \(backend\.name: cpu\)$/m)
  expect(stdout).toMatch(/^Memory {3}at most \d+ MB$/m)
  expect(stdout).toMatch(/^Time {5}(?:less than a second|very roughly \d+ s) of sampling: /m)
  expect(readdirSync(where.folder)).toEqual(before)
})

test('--dry-run --json is the plan that a run then announces', async () => {
  const { code, stdout } = await choraleHere(finished, 'run', '--dry-run', '--json', '--combiner', 'consensus')
  expect(code).toBe(0)
  const plan = JSON.parse(stdout) as PlanPreview
  const run = onlyRun(finished)
  const logged = readFileSync(join(run, 'log.ndjson'), 'utf8')
    .split('\n')
    .flatMap(line => (line.includes('"msg":"plan"') ? [JSON.parse(line) as PlanPreview] : []))[0]
  const { backend, shards, tasks, rowsPerShard, tasksAtOnce, memory, diskBytes } = plan
  expect(logged).toMatchObject({ backend, shards, tasks, rowsPerShard, tasksAtOnce })
  expect(logged!.memory).toBeCloseTo(memory, 3)
  expect(logged!.diskBytes / diskBytes).toBeCloseTo(1, 2)
})

test('--dry-run refuses what a run would refuse, with its exit code', async () => {
  const { code, stdout, stderr } = await choraleHere(finished, 'run', '--dry-run', '--set', 'sharding.shards=5000')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^CHORALE_SHARDING_TOO_MANY_SHARDS/m)
  expect(await choraleHere(finished, 'run', '--dry-run', '--resume', 'latest')).toMatchObject({ code: 2 })
})

test('--verbose has a line when a task begins and when it ends, and a table of all shards', async () => {
  const { stdout, stderr } = await choraleHere(project(), 'run', '--verbose', '--combiner', 'consensus')
  expect(stderr.match(/^started {2}sample-000\d-\d \(attempt 1\) on /gm)).toHaveLength(6)
  expect(stderr.match(/^done {5}sample-000\d-\d in \d+\.\d s$/gm)).toHaveLength(6)
  expect(stdout).toMatch(/^shard +weight +left out \(sd\)/m)
})

test('a warning is said once', () => {
  const [warning] = summaryOf(onlyRun(finished)).warnings
  expect(warning?.code).toBe('ESS')
  const said = `${table.stdout}${table.stderr}`.replace(/\n {9}/g, ' ')
  expect(said.split(warning!.message)).toHaveLength(2)
})

test('--json prints one document, which is summary.json and meets its schema', async () => {
  const where = project()
  const { code, stdout } = await choraleHere(where, 'run', '--json')
  expect(code).toBe(0)
  const document: unknown = JSON.parse(stdout)
  expect(summarySchema.safeParse(document)).toMatchObject({ success: true })
  expect(document).toEqual(summaryOf(onlyRun(where)))
})

test('status --json prints one document', async () => {
  const { code, stdout } = await choraleHere(finished, 'status', 'latest', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ state: 'finished', chains: { finished: 6, planned: 6, failed: 0 } })
})

test('logs --json prints a document on each line', async () => {
  const { code, stdout } = await choraleHere(finished, 'logs', 'latest', '--json')
  expect(code).toBe(0)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { attempt: number; file: string; text: string })
  expect(lines[0]).toMatchObject({ attempt: 0, file: expect.any(String) as string })
  expect(lines.some(({ text }) => text.includes('completed task=sample-0000-0'))).toBe(true)
})

test('config --json, backends --json and combiners --json print one document each', async () => {
  for (const command of ['config', 'backends', 'combiners']) {
    const { code, stdout } = await choraleHere(finished, command, '--json')
    expect(code, command).toBe(0)
    expect(() => JSON.parse(stdout) as unknown, command).not.toThrow()
  }
})

test('an error leaves standard output empty, also with --json', async () => {
  const { code, stdout, stderr } = await chorale(finished, 'run', '--json', '--combiner', 'gausian')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/CHORALE_COMBINER_UNKNOWN .*did you mean "gaussian"/)
})

test('failed gates of level fail: exit code 1, named on standard error, with --json too', async () => {
  const { code, stdout, stderr } = await choraleHere(
    project(),
    'run',
    '--json',
    '--set',
    'validation.level=fail',
    '--set',
    'validation.minEss=100000',
  )
  expect(code).toBe(1)
  expect(summarySchema.safeParse(JSON.parse(stdout))).toMatchObject({ success: true })
  expect(stderr).toMatch(/^failed {3}.*ESS/m)
})

const shell = (folder: string, command: string): Promise<Ended> => start('bash', ['-c', `set -o pipefail; ${command}`], { folder }).ended
const CHORALE_IN_SHELL = `"${process.execPath}" "${CHORALE}"`

test('a reader that goes away is no failure: the run finishes', async () => {
  const where = project()
  const { code, stdout, stderr } = await shell(where.folder, `${CHORALE_IN_SHELL} run 2>&1 | head -1`)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'bundling: model and sampler\n', stderr: '' })
  expect(existsSync(`${onlyRun(where)}/summary.json`)).toBe(true)
})

test.skipIf(!hasTerminal)('on a terminal the live view is one block, and the cursor comes back', async () => {
  const { code, stdout } = await start('script', onTerminal(`${CHORALE_IN_SHELL} run --set sampling.draws=4000`), project()).ended
  expect(code).toBe(0)
  expect(stdout).toContain('sampling: ')
  expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR))
  const screen = screenOf(stdout)
  expect(screen.match(/done after/g)).toHaveLength(1)
  expect(screen).not.toMatch(/sampling: |verifying/)
  expect(screen).toMatch(/^Posterior$/m)
})

test.skipIf(!hasTerminal)('standard output redirected, the live view is still on the terminal', async () => {
  const { stdout } = await start('script', onTerminal(`${CHORALE_IN_SHELL} run > table.txt`), project()).ended
  expect(screenOf(stdout)).toMatch(/done after/)
  expect(stdout).not.toContain('Posterior')
})

test.skipIf(!hasTerminal)('Ctrl-C on a terminal ends the live view and says how to go on', async () => {
  const where = project({ 'model.mjs': normalModel({ milliseconds: 3 }) })
  const running = start('script', onTerminal(`${CHORALE_IN_SHELL} run`), where)
  await until(() => runsOf(where).flatMap(attemptsOf)[0], 'the first chain')
  running.write('\u0003')
  const { code, stdout } = await running.ended
  expect(code).toBe(130)
  const screen = screenOf(stdout)
  expect(screen).toMatch(/chorale run --resume \d{8}-/)
  expect(screen).toMatch(/stopped after/)
  expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR))
})

test.skipIf(!hasTerminal)('a terminal that does not say how wide it is gets plain lines', async () => {
  const { stdout } = await start('script', ['-qec', `stty cols 0 rows 0; ${CHORALE_IN_SHELL} run`, '/dev/null'], project()).ended
  expect(stdout).not.toContain('\u001b')
})
