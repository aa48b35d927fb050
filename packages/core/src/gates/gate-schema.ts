import type { z } from 'zod'

import { onFirstUse } from '../zod.js'

const count = onFirstUse(z => z.int().nonnegative())

/** One gate of a run, as `summary.json` has it: over all shards, about the worst of them. */
export const gateSchema = onFirstUse(z =>
  z.strictObject({
    gate: z
      .string()
      .describe(
        'RHAT | ESS_BULK | ESS_TAIL | EBFMI | DIVERGENCES | TREE_DEPTH | ACCEPTANCE | SUCCESS_RATE | HETEROGENEITY | PARETO_K | SHIFT; docs/gates.md has each.',
      ),
    passed: z.boolean().describe('What could not be measured (NaN) never passes.'),
    level: z
      .enum(['warn', 'fail', 'off'])
      .describe('What the gate does where it does not pass: warn, fail the run (exit code 1), or nothing but stand here.'),
    measured: z
      .number()
      .nullable()
      .describe('Of the worst shard, in the unit of the limit. null: could not be measured, or of a gate that passed minus infinity.'),
    limit: z.number(),
    bound: z.enum(['at most', 'at least']).describe('On which side of the limit a measured value passes.'),
    shards: z
      .exactOptional(z.strictObject({ failed: count(), judged: count() }))
      .describe('Of a gate that judges shards: how many did not pass, of how many. Left out of gates on the run.'),
    shard: z.exactOptional(count()).describe('The worst shard, where one can be named.'),
    chain: z.exactOptional(count()).describe('The worst chain of that shard, where one can be named.'),
    parameter: z.exactOptional(z.string()).describe('The worst element (`beta[2]`) or `the log density`, where one can be named.'),
    finding: z.string().describe('What was measured, and the limit: `R-hat 1.300 of beta[1] (limit: at most 1.010)`.'),
    meaning: z.string().describe('What it says of the draws where the gate does not pass.'),
    advice: z
      .array(z.string())
      .describe('What to do, most specific first, by what was measured in this run; empty where the gate passed or is off.'),
  }),
)

/** A gate of a run with what it measured and what to do: `gates` of `summary.json`. */
export type GateSummary = z.infer<ReturnType<typeof gateSchema>>
