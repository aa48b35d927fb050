import { chmodSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, test } from 'vitest'

import { chorale, REPOSITORY } from './command.js'
import { choraleHere } from './command-here.js'
import { normalModel, project, SETTINGS, type Files } from './project.js'
import { isPlanned, lastingSummary, onlyRun, runsOf, summaryOf } from './run-files.js'

interface Bad {
  readonly what: string
  readonly files?: Files
  readonly args?: readonly string[]
  readonly code: string
  /** What the error names. */
  readonly says: RegExp
}

const withColumns = (...lines: readonly string[]): Files => ({ 'data.csv': `${lines.join('\n')}\n` })
const without = (line: RegExp): Files => ({ 'chorale.config.yaml': SETTINGS.replace(line, '') })
const set = (pair: string): readonly string[] => ['--set', pair]

async function parquetWithNull(): Promise<Uint8Array> {
  const path = createRequire(join(REPOSITORY, 'packages', 'data', 'package.json')).resolve('hyparquet-writer')
  const { parquetWriteBuffer } = (await import(pathToFileURL(path).href)) as {
    parquetWriteBuffer: (table: { columnData: readonly { name: string; data: readonly (number | null)[]; type: string }[] }) => ArrayBuffer
  }
  const columnData = [
    { name: 'y', data: [1, 2, null, 4], type: 'DOUBLE' },
    { name: 'part', data: [0, 0, 1, 1], type: 'DOUBLE' },
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

/** Refused before anything is sampled: exit code 2, and nothing stays behind. */
const refused: readonly Bad[] = [
  { what: 'unknown combiner', args: ['--combiner', 'gausian'], code: 'COMBINER_UNKNOWN', says: /did you mean "gaussian"/ },
  { what: 'unknown sampler', args: set('sampling.name=nut'), code: 'SAMPLER_UNKNOWN', says: /did you mean "nuts"/ },
  { what: 'unknown sharding strategy', args: set('sharding.strategy=randm'), code: 'SHARDER_UNKNOWN', says: /did you mean "random"/ },
  { what: 'unknown section', args: set('shardin.shards=3'), code: 'SETTINGS_UNKNOWN_KEY', says: /sharding/ },
  { what: 'unknown key', args: set('sharding.shard=3'), code: 'SETTINGS_UNKNOWN_KEY', says: /available +shards/ },
  { what: 'unknown option of the sampler', args: set('sampling.metrics=dense'), code: 'OPTIONS_INVALID', says: /metrics/ },
  { what: 'a value of the wrong type', args: set('sampling.chains=two'), code: 'SETTINGS_INVALID', says: /sampling\.chains .*"two"/ },
  { what: 'a plugin that is not there', args: set('plugins=["./absent.mjs"]'), code: 'PLUGIN_NOT_FOUND', says: /absent\.mjs/ },
  {
    what: 'a plugin that throws while it loads',
    files: { 'broken.mjs': 'throw new Error("out of luck")' },
    args: set('plugins=["./broken.mjs"]'),
    code: 'PLUGIN_BROKEN',
    says: /out of luck/,
  },
  {
    what: 'a plugin that is none',
    files: { 'empty.mjs': 'export default 3' },
    args: set('plugins=["./empty.mjs"]'),
    code: 'PLUGIN_INVALID',
    says: /empty\.mjs/,
  },
  { what: 'a settings file that is not there', args: ['--config', 'absent.yaml'], code: 'SETTINGS_NOT_FOUND', says: /absent\.yaml/ },
  { what: 'an empty settings file', files: { 'chorale.config.yaml': '' }, code: 'SETTINGS_EMPTY', says: /chorale\.config\.yaml/ },
  {
    what: 'a settings file that is no YAML',
    files: { 'chorale.config.yaml': 'model: [' },
    code: 'SETTINGS_UNREADABLE',
    says: /chorale\.config\.yaml/,
  },
  { what: 'no model', files: without(/^model: .*$/m), code: 'MODEL_NOT_NAMED', says: /fix +model: / },
  { what: 'a model file that is not there', args: set('model=./absent.mjs'), code: 'MODEL_NOT_FOUND', says: /absent\.mjs/ },
  {
    what: 'a syntax error in the model',
    files: { 'model.mjs': 'export default {\n  rows: ,\n}' },
    code: 'MODEL_UNREADABLE',
    says: /model\.mjs:2:\d+/,
  },
  {
    what: 'a model that is none',
    files: { 'model.mjs': 'export default { rows: "independent" }' },
    code: 'MODEL_INVALID',
    says: /dataNames|bind/,
  },
  { what: 'no data', files: without(/^data: .*$/m), code: 'DATA_NOT_NAMED', says: /fix +data: / },
  { what: 'a data file that is not there', args: set('data.path=absent.csv'), code: 'DATA_FILE_NOT_FOUND', says: /absent\.csv/ },
  { what: 'a data file of a kind that nobody reads', args: set('data.path=data.docx'), code: 'DATA_SOURCE_UNKNOWN', says: /\.docx/ },
  { what: 'a column that the data do not have', files: withColumns('z,part', '1,0', '2,0'), code: 'DATA_COLUMN_UNKNOWN', says: /"y"/ },
  {
    what: 'text where numbers are needed',
    files: withColumns('y,part', '1,0', 'two,0', '3,0'),
    code: 'DATA_NOT_NUMERIC',
    says: /"?y"?.*two|two.*"?y"?/,
  },
  { what: 'a value that is not a number', files: withColumns('y,part', '1,0', 'NaN,0', '3,0'), code: 'DATA_MISSING', says: /"y".*line 3/ },
  { what: 'an empty cell', files: withColumns('y,part', '1,0', ',0', '3,0'), code: 'DATA_MISSING', says: /"y".*line 3/ },
  {
    what: 'a null in a Parquet file',
    files: { 'data.parquet': await parquetWithNull() },
    args: set('data.path=data.parquet'),
    code: 'DATA_MISSING',
    says: /y.*row|row.*y/,
  },
  { what: 'a file without rows', files: withColumns('y,part'), code: 'DATA_EMPTY', says: /data\.csv/ },
  {
    what: 'more shards than rows',
    files: withColumns('y,part', '1,0', '2,0'),
    code: 'SHARDING_TOO_MANY_SHARDS',
    says: /3 shards .* 2 rows/,
  },
  {
    what: 'a joint model with several shards',
    files: { 'model.mjs': normalModel({ rows: "'joint'" }) },
    code: 'MODEL_JOINT',
    says: /joint/,
  },
  { what: 'a gradient that is NaN', files: { 'model.mjs': normalModel({ gradient: 'NaN' }) }, code: 'MODEL_GRADIENT', says: /\bmu\b/ },
  {
    what: 'a gradient that disagrees with finite differences',
    files: { 'model.mjs': normalModel({ gradient: 'likelihood * (sum - 2 * n * mu)' }) },
    code: 'MODEL_GRADIENT',
    says: /\bmu\b/,
  },
]

test('a list of tasks that is larger than memory is refused before the run, with how many would fit', async () => {
  const where = project({ 'chorale.config.yaml': `${SETTINGS}`.replace('chains: 2', 'chains: 20000') })
  const heap = { ...where, env: { NODE_OPTIONS: '--max-old-space-size=200' } }
  const { code, stderr } = await chorale(heap, 'run')
  expect(stderr).toMatch(/^CHORALE_TASKS_TOO_MANY .*3 shards of 20000 chains are 60,000 tasks/m)
  expect(stderr).toMatch(/^ {2}fix +at most \d+,\d+ tasks/m)
  expect(code).toBe(3)
  expect(runsOf(where)).toEqual([])
})

test.each(refused)('refused before the run, nothing left behind: $what', async ({ files = {}, args = [], code, says }) => {
  const where = project(files)
  const ended = await choraleHere(where, 'run', ...args)
  expect(ended.stderr).toMatch(new RegExp(`^CHORALE_${code} `, 'm'))
  expect(ended.stderr).toMatch(says)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(runsOf(where)).toEqual([])
})

const THROWS_IN_LAST_PART = normalModel({ before: "if (data.column('part').includes(2)) throw new Error('no such flight')" })

test('a model that throws while it is tried is named, and nothing is left behind', async () => {
  const where = project({ 'model.mjs': normalModel({ before: "throw new Error('no such flight')" }) })
  const { code, stderr } = await choraleHere(where, 'run')
  expect(stderr).toMatch(/^CHORALE_MODEL_THREW .*no such flight/m)
  expect(stderr).toMatch(/asked for by +model: model\.mjs/)
  expect(code).toBe(1)
  expect(runsOf(where)).toEqual([])
})

test('a model that throws on one shard: no result, and the error says which share succeeded and how to accept it', async () => {
  const where = project({ 'model.mjs': THROWS_IN_LAST_PART })
  const { code, stdout, stderr } = await chorale(where, 'run')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^CHORALE_SUCCESS_RATE .*2 of 3 shards .*no such flight/m)
  expect(stderr).toMatch(/fix .*combination\.minSuccessRate: 0\.66/)
  expect(() => summaryOf(onlyRun(where))).toThrow()
})

test('a warning that came before the error is printed before it, once', async () => {
  const { stderr } = await choraleHere(project({ 'model.mjs': THROWS_IN_LAST_PART }), 'run')
  const [warning, error] = [/^warning {2}SHARD_FAILED/gm, /^CHORALE_SUCCESS_RATE/gm].map(pattern => [...stderr.matchAll(pattern)])
  expect(warning).toHaveLength(1)
  expect(error).toHaveLength(1)
  expect(warning![0]!.index).toBeLessThan(error![0]!.index)
})

test('with a lower limit the result is that of the remaining rows, and says so: never exact', async () => {
  const where = project({ 'model.mjs': THROWS_IN_LAST_PART })
  const { code, stdout } = await choraleHere(where, 'run', '--set', 'combination.minSuccessRate=0.5')
  expect(code).toBe(0)
  const { rows, verification, shards } = summaryOf(onlyRun(where))
  expect(rows).toEqual({ used: 1333, total: 2000 })
  expect(verification.verdict).toMatch(/^(approximate|unreliable) \(.*missing/)
  expect(shards.map(({ status }) => status)).toEqual(['completed', 'completed', 'failed'])
  expect(stdout).toMatch(/^Rows {5}1,333 of 2,000$/m)
})

test('when every shard fails there is no result at any limit', async () => {
  // Planning tries all rows of the first thousand; the shards are smaller.
  const where = project({ 'model.mjs': normalModel({ before: "if (n < 1000) throw new Error('no such flight')" }) })
  const { code, stderr } = await choraleHere(where, 'run', '--set', 'combination.minSuccessRate=0.01')
  expect(stderr).toMatch(/^CHORALE_NO_USABLE_SHARD .*no such flight/m)
  expect(code).toBe(1)
  const run = onlyRun(where)
  expect(isPlanned(run)).toBe(true)
  expect(() => summaryOf(run)).toThrow()
})

test('a directory that others can write is not executed, unless --trust-run says so', async () => {
  const where = project()
  expect(await choraleHere(where, 'run')).toMatchObject({ code: 0 })
  const run = onlyRun(where)
  const before = lastingSummary(run)
  chmodSync(run, 0o777)
  for (const args of [
    ['run', '--resume', 'latest'],
    ['combine', 'latest'],
  ]) {
    const refusal = await choraleHere(where, ...args)
    expect(refusal.code).toBe(2)
    expect(refusal.stderr).toMatch(/^CHORALE_RUN_NOT_TRUSTED .*can be written by others \(mode 777\)/m)
  }
  expect(await choraleHere(where, 'status')).toMatchObject({ code: 0 })
  expect(await choraleHere(where, 'run', '--resume', 'latest', '--trust-run')).toMatchObject({ code: 0 })
  expect(lastingSummary(run)).toEqual(before)
})
