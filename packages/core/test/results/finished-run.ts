import { gaussian } from '@chorale/combiners'

import type { CombinerDefinition, CombinerNeeds } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { recordValues } from '../../src/results/record-values.js'
import { writeRunRecord } from '../../src/run-directory/index.js'
import { gaussianRun, withDeterministics, rowsOf, type GaussianRun, type GaussianRunOptions } from '../pipeline/gaussian-run.js'

const COMBINER = {
  kind: 'combiner',
  definition: gaussian as CombinerDefinition<CombinerNeeds, unknown>,
  code: { name: '', url: '', version: '', digest: '' },
} as const

/** `mu` is exp of its coordinates; `total` is their sum, `rows` what no two shards agree about. */
export const POSITIVE: Partial<GaussianRunOptions> = {
  model: { priorSd: 1, precision: 1, scale: 'positive' },
  extend: withDeterministics(
    [
      { name: 'total', shape: [] },
      { name: 'rows', shape: [] },
    ],
    (x, data) => [x[0]! + x[1]!, data.rows],
  ),
}

/** A planned run with its record on the disk. */
export async function plannedRun(sizes: readonly number[], options: Partial<GaussianRunOptions> = {}): Promise<GaussianRun> {
  const made = await gaussianRun({ shards: rowsOf(sizes), ...POSITIVE, draws: 300, ...options })
  await writeRunRecord(made.run.path, made.run.record)
  return made
}

/** A run that has come to its end, with its values recorded. */
export async function finishedRun(
  sizes: readonly number[],
  options: Partial<GaussianRunOptions> = {},
): Promise<GaussianRun & { readonly path: string }> {
  const made = await plannedRun(sizes, options)
  const shards = await sampleShards(made.run, drive)
  const { summary } = await finishRun(made.run, shards, { request: { combiner: COMBINER, options: {}, size: 400 } })
  const usable = shards.filter(({ status }) => status === 'completed').map(({ shard }) => shard)
  await recordValues(made.run, summary.combiner, usable)
  return { ...made, path: made.run.path }
}
