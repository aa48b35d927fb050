import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import {
  CHAIN_REPORT_FILE,
  DRAWS_FILE,
  STATS_FILE,
  WARMUP_DRAWS_FILE,
  WARMUP_STATS_FILE,
  type ChainReport,
  type RowsFile,
  type TaskResult,
} from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { definitionChecks } from '../definition.js'
import { noData, standardNormal } from './toy-models.js'
import { BRIEF, isExact, readRows, startChain, type SamplerTrial } from './trial-run.js'

const { warmup: WARMUP, draws: DRAWS } = BRIEF.settings
const THIN = 7

/** Columns of a file of draws of the trial's three coordinates. */
const DRAW_COLUMNS = ['x0', 'x1', 'x2', 'g0', 'g1', 'g2']

const demandColumns = (file: string, { header }: RowsFile, columns: readonly string[]): void =>
  demand(header.columns.join() === columns.join(), `${file} has the columns ${header.columns.join()}, not ${columns.join()}`)

const demandRows = (file: string, { rows }: RowsFile, expected: number, why: string): void =>
  demand(rows === expected, `${file} has ${rows} rows for ${why}; it must have ${expected}`)

function demandNamed({ files }: TaskResult, ...names: readonly string[]): void {
  const missing = names.filter(name => files.every(({ path }) => path !== name))
  demand(missing.length === 0, `the result does not name ${missing.join(', ')}`)
}

/** What a chain leaves behind. */
export const fileChecks: readonly Check<SamplerTrial>[] = [
  ...definitionChecks<SamplerTrial>(({ definition }) => definition),
  {
    name: 'declares the columns of its statistics',
    run: ({ definition: { extraFields } }) => {
      demand(
        extraFields.every(field => /^[a-z][a-z0-9_]*$/.test(field)),
        `extraFields must be lower case with underscores: ${extraFields.join(', ')}`,
      )
      demand(new Set(extraFields).size === extraFields.length, 'extraFields lists a column twice')
    },
  },
  {
    name: 'runs a chain',
    prerequisite: true,
    run: async (trial, scope) => {
      const { task, outcome } = await startChain(trial, scope, BRIEF)
      const result = await outcome
      demand(
        result.task === task.id && result.attempt === 1,
        `the result is of ${result.task}, attempt ${result.attempt}; run was ${task.id}, attempt 1`,
      )
    },
  },
  {
    name: 'names its files, with their size and digest',
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, BRIEF)
      const result = await outcome
      demandNamed(result, DRAWS_FILE, STATS_FILE)
      for (const { path, bytes, digest } of result.files) {
        demand(!isAbsolute(path) && !normalize(path).startsWith('..'), `${path} is not below the attempt's directory`)
        const content = await readFile(join(directory, path)).catch(() => undefined)
        demand(content !== undefined, `${path} does not exist`)
        demand(content.length === bytes, `${path} has ${content.length} bytes, the result says ${bytes}`)
        demand(createHash('sha256').update(content).digest('hex') === digest, `the SHA-256 of ${path} is not the one in the result`)
      }
    },
  },
  {
    name: 'writes a row a draw, in the declared columns',
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, BRIEF)
      await outcome
      const [draws, stats] = [await readRows(directory, DRAWS_FILE), await readRows(directory, STATS_FILE)]
      demandColumns(DRAWS_FILE, draws, DRAW_COLUMNS)
      demandColumns(STATS_FILE, stats, trial.definition.extraFields)
      demandRows(DRAWS_FILE, draws, DRAWS, `${DRAWS} draws`)
      demandRows(STATS_FILE, stats, DRAWS, `${DRAWS} draws`)
    },
  },
  {
    name: 'keeps every thin-th draw',
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, { ...BRIEF, settings: { ...BRIEF.settings, thin: THIN } })
      await outcome
      for (const file of [DRAWS_FILE, STATS_FILE])
        demandRows(file, await readRows(directory, file), Math.ceil(DRAWS / THIN), `${DRAWS} draws of which every ${THIN}th is kept`)
    },
  },
  {
    name: 'writes the iterations of warm-up when it is asked to',
    requires: [isExact],
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, { ...BRIEF, settings: { ...BRIEF.settings, saveWarmup: true } })
      demandNamed(await outcome, WARMUP_DRAWS_FILE, WARMUP_STATS_FILE)
      const [draws, stats] = [await readRows(directory, WARMUP_DRAWS_FILE), await readRows(directory, WARMUP_STATS_FILE)]
      demandColumns(WARMUP_DRAWS_FILE, draws, DRAW_COLUMNS)
      demandColumns(WARMUP_STATS_FILE, stats, trial.definition.extraFields)
      demandRows(WARMUP_DRAWS_FILE, draws, WARMUP, `${WARMUP} iterations`)
      demandRows(WARMUP_STATS_FILE, stats, WARMUP, `${WARMUP} iterations`)
    },
  },
  {
    name: 'writes the gradient at each draw',
    run: async (trial, scope) => {
      const { task, directory, outcome } = await startChain(trial, scope, { ...BRIEF, prior: 0.25 })
      await outcome
      const { rows, values } = await readRows(directory, DRAWS_FILE)
      const gradient = new Float64Array(3)
      for (let i = 0; i < rows; i++) {
        standardNormal.bind(noData, null).logDensityInto(gradient, values.slice(6 * i, 6 * i + 3), task.powers)
        const written = values.subarray(6 * i + 3, 6 * i + 6)
        demand(
          gradient.every((g, j) => g === written[j]),
          `draw ${i}: the gradient is ${written.join(', ')}, with the task's powers it is ${gradient.join(', ')}`,
        )
      }
    },
  },
  {
    name: 'tells in chain.json what the chain did, where it writes one',
    requires: [isExact],
    run: async (trial, scope) => {
      const { directory, outcome } = await startChain(trial, scope, BRIEF)
      const { files } = await outcome
      if (files.every(({ path }) => path !== CHAIN_REPORT_FILE)) return
      const { format, warmup, sampling } = JSON.parse(await readFile(join(directory, CHAIN_REPORT_FILE), 'utf8')) as ChainReport
      demand(format === 1, `the format of ${CHAIN_REPORT_FILE} is ${String(format)}; it must be 1`)
      const iterations = [warmup?.iterations, sampling?.iterations]
      demand(
        iterations[0] === WARMUP && iterations[1] === DRAWS,
        `${CHAIN_REPORT_FILE} tells of ${iterations.join(' + ')} iterations; there were ${WARMUP} + ${DRAWS}`,
      )
    },
  },
]
