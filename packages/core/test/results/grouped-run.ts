import { gaussian } from '@chorale/combiners'

import type { CombinerDefinition, CombinerNeeds, Model } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { writeRunRecord } from '../../src/run-directory/index.js'
import { gaussianRun, type GaussianRun } from '../pipeline/gaussian-run.js'
import { exactSampler, groupedModel, groupedShards } from '../pipeline/grouped-model.js'

export const GROUPED_SHARDS = groupedShards()
/** Combined draws, and those of them for which local parameters are drawn. */
export const [COMBINED, JOINT] = [400, 100]

export interface GroupedOptions {
  readonly combination?: object
  readonly output?: object
  readonly sampling?: object
  /** Adds to what the model offers. */
  readonly extend?: (model: Model) => Model
  readonly fails?: (shard: number) => boolean
}

/** A finished run whose shards have groups of their own, four shards with twelve groups. */
export async function groupedRun({
  combination = {},
  output = {},
  sampling = {},
  extend = same => same,
  fails,
}: GroupedOptions = {}): Promise<GaussianRun & { readonly path: string }> {
  let path = ''
  const made = await gaussianRun({
    shards: GROUPED_SHARDS,
    extend: () => extend(groupedModel),
    sampler: exactSampler(() => path, fails),
    draws: 300,
    settings: { combination: { localDraws: JOINT, ...combination }, output, sampling },
  })
  path = made.run.path
  await writeRunRecord(path, made.run.record)
  const definition = gaussian as unknown as CombinerDefinition<CombinerNeeds, unknown>
  const combiner = { kind: 'combiner', definition, code: { name: '', url: '', version: '', digest: '' } } as const
  await finishRun(made.run, await sampleShards(made.run, drive), { request: { combiner, options: {}, size: COMBINED } })
  return { ...made, path }
}
