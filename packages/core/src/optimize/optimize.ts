import { ONCE } from '../check-once.js'
import { ChoraleError, type TaskResult } from '../contracts/index.js'
import { tableDraws } from '../combination/parameter-table.js'
import type { ActiveRun } from '../execution/active-run.js'
import { drive } from '../execution/drive.js'
import { RunStopped } from '../execution/shard-results.js'
import { sampleTasks } from '../planning/sample-tasks.js'
import { layout, makeDirectory, readDraws, readStats, replaceFile, toJsonText } from '../run-directory/index.js'
import type { LoadedSettings } from '../settings/load.js'
import { ownKeys } from '../settings/sections.js'
import { modeFile, OPTIMIZE } from './mode-file.js'
import { optimizationSchema, type OptimizationSummary } from './optimization-schema.js'

/** How the search for a mode ended. */
export type OptimizationOutcome =
  | { readonly status: 'completed'; readonly path: string; readonly summary: OptimizationSummary }
  | { readonly status: 'stopped'; readonly path: string }

/** The settings with the sampler `optimize`, one task, and all rows in one shard. Options of another sampler are left out. */
export function settingsForMode(loaded: LoadedSettings): LoadedSettings {
  const { settings } = loaded
  const { sampling, sharding } = settings
  const own = ownKeys('sampling')
  const kept = sampling.name === OPTIMIZE ? sampling : Object.fromEntries(Object.entries(sampling).filter(([key]) => own.includes(key)))
  return {
    ...loaded,
    settings: {
      ...settings,
      sharding: { ...sharding, enable: 'never' },
      sampling: { ...(kept as typeof sampling), name: OPTIMIZE, chains: 1, warmup: 0, draws: 1, thin: 1, saveWarmup: false },
    },
  }
}

/** Runs the one task of the plan, and writes what it found to `results/optimize/summary.json`. Throws the failure of the task under its own code. */
export async function findMode(run: ActiveRun): Promise<OptimizationSummary> {
  const { plan } = run.record
  run.stopwatch.enter('sampling')
  const [task] = sampleTasks(run.record, plan.sampling, 0, 0)
  const said: string[] = []
  const listening: ActiveRun = {
    ...run,
    observe(event) {
      if (event.type === 'task' && event.event.type === 'log' && event.event.level !== 'info') said.push(event.event.line)
      run.observe(event)
    },
  }
  const { completed, failed, stopped } = await drive(listening, [task!])
  if (stopped.size > 0) throw new RunStopped('the search for the mode is not finished')
  const failure = failed.get(task!.id)
  if (failure) throw new ChoraleError(failure.code as `CHORALE_${string}`, failure.message, { lookedIn: run.path })
  run.stopwatch.enter()
  const summary = await summaryOfMode(run, completed.get(task!.id)!, said)
  await makeDirectory(layout.resultsDirectory(run.path, OPTIMIZE))
  await replaceFile(modeFile(run.path), toJsonText(optimizationSchema().parse(summary, ONCE)), { sync: 'full' })
  return summary
}

/** `said`: what the sampler warned of. */
async function summaryOfMode(run: ActiveRun, result: TaskResult, said: readonly string[]): Promise<OptimizationSummary> {
  const { dimension, positions } = await readDraws(run.path, result)
  const { columns } = await readStats(run.path, result)
  const shown = (name: string): number | null => {
    const value = columns[name]?.[0]
    return value === undefined || !Number.isFinite(value) ? null : value
  }
  const isConverged = shown('converged') !== 0
  if (!isConverged)
    run.warn({ code: 'NOT_CONVERGED', message: said.join(' ') || 'the search ended before it converged: the values are no mode' })
  const values = tableDraws(await run.bindShard(0), { draws: 1, dimension, values: positions.subarray(0, dimension) })
  const { record } = run
  return {
    format: 1,
    run: record.id,
    backend: run.backend.name,
    rows: { used: record.plan.shards[0]!.rows, total: record.data.rows.used },
    dimension,
    jacobian: record.plan.sampling.options['jacobian'] === true,
    logDensity: shown('log_density') ?? negated(shown('potential_energy')),
    isConverged,
    starts: shown('starts'),
    found: shown('found'),
    iterations: shown('iterations'),
    gradients: shown('gradients'),
    parameters: Object.fromEntries(values.map(({ name, values: [value] }) => [name, Number.isFinite(value) ? value! : null])),
    fixed: record.plan.fixed ?? {},
    warnings: [...run.warnings()],
    seconds: run.stopwatch.timings().total,
  }
}

/** The settings, if their sampler draws. Throws `CHORALE_RUN_NOT_SAMPLED`. */
export function settingsForDraws(loaded: LoadedSettings): LoadedSettings {
  if (loaded.settings.sampling.name !== OPTIMIZE) return loaded
  throw new ChoraleError('CHORALE_RUN_NOT_SAMPLED', `The sampler "${OPTIMIZE}" finds a mode and draws nothing`, {
    askedBy: `sampling.name: ${OPTIMIZE}`,
    fix: 'chorale optimize; or another sampler: chorale samplers lists them',
  })
}

const negated = (value: number | null): number | null => (value === null ? null : -value)

/** A mode is no sample: there are no chains to go on with, and no draws to combine. */
export const notSampled = (path: string): ChoraleError =>
  new ChoraleError('CHORALE_RUN_NOT_SAMPLED', 'This run looked for a mode: it has no chains to go on with and no draws to combine', {
    lookedIn: path,
    fix: 'look again: chorale optimize; or sample: chorale run',
  })
