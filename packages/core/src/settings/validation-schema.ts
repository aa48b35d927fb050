import type { z } from 'zod'

import { onFirstUse, zod } from '../zod.js'

const LEVELS = ['warn', 'fail', 'off'] as const
const level = () => zod().enum(LEVELS).optional()

const levels = onFirstUse(z =>
  z.strictObject({
    rhat: level(),
    essBulk: level(),
    essTail: level(),
    ebfmi: level(),
    divergences: level(),
    treeDepth: level(),
    acceptance: level(),
    paretoK: level(),
    shift: level(),
  }),
)

/** Gates that have a level of their own among the settings, by that name. */
export type GateWithLevel = keyof z.output<ReturnType<typeof levels>>

const share = () => zod().number().min(0).max(1)

export const validation = onFirstUse(z =>
  z
    .strictObject({
      maxRhat: z.number().gt(1).default(1.01).describe('Largest rank-normalised split R-hat of a shard.'),
      minEss: z.number().min(0).default(400).describe('Smallest bulk and tail effective sample size of a shard, all chains together.'),
      minBfmi: z.number().min(0).default(0.3).describe('Smallest E-BFMI of a chain.'),
      maxDivergenceRate: share().default(0.1).describe('Largest share of divergent draws of a shard.'),
      maxTreeDepthSaturation: share()
        .default(0.05)
        .describe('Largest share of trajectories of a shard that stop at the maximum tree depth.'),
      minAcceptProb: share().default(0.001).describe('Smallest mean acceptance probability of a chain; below it the chain has not moved.'),
      maxShift: z
        .number()
        .gt(0)
        .default(0.5)
        .describe('Largest shift of a mean by the importance check of a combination, in posterior standard deviations.'),
      heterogeneity: z
        .enum(['warn', 'fail', 'off'])
        .default('warn')
        .describe(
          'What it does when shards disagree by more than their posteriors allow. `fail` fails no run whose verdict is exact; `off`: it is not measured.',
        ),
      level: z.enum(['warn', 'fail']).default('warn').describe('What a gate does that does not pass: warn, or fail the run.'),
      levels: levels()
        .default({})
        .describe(
          'The level of single gates, instead of `level`: `{ rhat: fail, essTail: off }`. Names: `rhat`, `essBulk`, `essTail`, `ebfmi`, `divergences`, `treeDepth`, `acceptance`, `paretoK`, `shift`. `off` only silences: the verdict counts the gate all the same.',
        ),
      gradientCheck: z.boolean().default(true).describe("Compare the model's gradient with finite differences before the run."),
    })
    .prefault({})
    .describe(
      'Gates: what is asked of every shard and of their combination. A value that is not a number never passes. docs/gates.md has each.',
    ),
)
