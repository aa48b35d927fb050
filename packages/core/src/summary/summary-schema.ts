import type { z } from 'zod'

import type { JsonObject } from '../contracts/index.js'
import { gateSchema } from '../gates/gate-schema.js'
import { onFirstUse, zod } from '../zod.js'

/** JSON has no NaN: what could not be computed is null. */
const numberOrNull = onFirstUse(z => z.number().nullable())

const parameter = onFirstUse(z =>
  z.strictObject({
    mean: z.number(),
    sd: z.number(),
    mcseMean: numberOrNull().describe('Monte Carlo standard error of the mean; after a combination by delete-one-batch jackknife.'),
    q5: z.number(),
    q50: z.number(),
    q95: z.number(),
    essBulk: numberOrNull().describe('Effective sample size; after a combination (sd / mcseMean)^2.'),
    essTail: numberOrNull(),
    rhat: numberOrNull().describe('Rank-normalised split R-hat; null after a combination: shards carry their own.'),
  }),
)

const count = onFirstUse(z => z.int().nonnegative())

const phase = onFirstUse(z => z.strictObject({ iterations: count(), gradients: count(), divergences: count(), seconds: z.number() }))

const chainReport = onFirstUse(z =>
  z.strictObject({
    chain: count(),
    warmup: phase(),
    sampling: phase().describe('All iterations, also those that thinning dropped.'),
    stepSize: numberOrNull().describe('The step size that draws were made with; null where the sampler does not say.'),
    metric: z.string().nullable().describe('Kind of the metric that draws were made with; null where the sampler does not say.'),
  }),
)

const restart = onFirstUse(z =>
  z.strictObject({
    restart: z.int().positive().describe('1 for the first time that the chains of the shard ran again.'),
    targetAcceptProb: z.number().describe('Of the chains that ran again.'),
    warmup: count().describe('Iterations of warm-up that a chain that ran again was given.'),
    divergences: count().nullable().describe('Of the chains before, because of which the shard ran again.'),
    rhatMax: numberOrNull().describe('Of the chains before.'),
    reason: z.string(),
  }),
)

const shard = onFirstUse(z =>
  z.strictObject({
    id: z.int(),
    status: z.enum(['completed', 'failed']),
    attempts: z.int(),
    restarts: z.int(),
    rows: z.int(),
    chains: z.int(),
    divergences: z.int().nullable(),
    rhatMax: numberOrNull(),
    essBulkMin: numberOrNull(),
    ebfmiMin: numberOrNull(),
    thinnedForDiagnostics: z
      .int()
      .positive()
      .describe(
        'R-hat, effective sample sizes and quantiles are of every so-manieth draw, so that they fit in memory; 1 for all draws. Means and standard deviations are always of all draws.',
      ),
    chainReports: z.array(chainReport()).describe('What each chain did, where its sampler says.'),
    restarted: z.array(restart()).describe('Why all chains of the shard ran again, each time.'),
    seconds: z.number(),
  }),
)

const verification = onFirstUse(z =>
  z.strictObject({
    paretoK: numberOrNull().describe(
      'k-hat of the importance weights; below the threshold the measured shift can be believed. null: not verified, or weights all equal.',
    ),
    kThreshold: numberOrNull().describe('What k-hat must stay below. null: not verified.'),
    weightEss: numberOrNull().describe('How many of the positions count, after weighting.'),
    positions: count().nullable().describe('At which the density of all rows was evaluated for it. null: not verified.'),
    coverage: z
      .exactOptional(numberOrNull())
      .describe(
        'Of a combiner that checks its draws itself: the largest log ratio of density to proposal where mass could have been missed, over the log normalising constant. null: too few points could be tested.',
      ),
    maxShift: numberOrNull().describe(
      'Largest correction of a mean, in posterior standard deviations. null: not verified, or not measurable.',
    ),
    verdict: z.string().describe('exact | approximate (x sd: why) | unreliable (why)'),
  }),
)

const heterogeneity = onFirstUse(z =>
  z.strictObject({
    q: numberOrNull(),
    degreesOfFreedom: z.number(),
    pValue: numberOrNull(),
    i2: numberOrNull(),
  }),
)

const locals = onFirstUse(z =>
  z.strictObject({
    method: z
      .enum(['conditional', 'transport', 'skip'])
      .describe('`conditional`: drawn given combined global draws; `transport`: moved to them, approximate; `skip`: not drawn.'),
    draws: count().describe('Combined draws that local ones belong to.'),
  }),
)

const prediction = onFirstUse(z =>
  z.strictObject({
    kind: z.enum(['logLikelihood', 'predictive']),
    draws: count().describe('Of all chains together.'),
    rows: count(),
    why: z.exactOptional(z.string()).describe('Why there are none; draws and rows are 0 then.'),
  }),
)

const partSeconds = (what: string) => numberOrNull().describe(`${what}; null where this process did not do it.`)

const timings = onFirstUse(z =>
  z.strictObject({
    data: partSeconds('Reading the data'),
    planning: partSeconds('Bundling and checking the model, cutting and writing shards'),
    sampling: partSeconds('Sampling, restarts and reading the draws included'),
    combination: partSeconds('Combining, standard errors included'),
    verification: partSeconds('The importance check'),
    total: z.number(),
  }),
)

/** `summary.json`: what a run found, how far it can be trusted, and what it warned of. */
export const summarySchema = onFirstUse(z =>
  z.strictObject({
    format: z.literal(1),
    run: z.string(),
    backend: z.string(),
    sampler: z.string(),
    combiner: z.string(),
    shards: z.array(shard()),
    parameters: z
      .record(z.string(), parameter())
      .describe('Constrained values of the parameters, then those of deterministic sites, by element name.'),
    rows: z.strictObject({ used: z.int(), total: z.int() }),
    locals: z.exactOptional(locals()).describe('Of several shards with parameters of their own: how these were drawn.'),
    heterogeneity: heterogeneity().nullable().describe("Cochran's Q over the shards; null for one shard."),
    diagnostics: z
      .exactOptional(z.record(z.string(), z.json()) as z.ZodType<JsonObject>)
      .describe('Of several shards: what the combiner reports, by its own names. null: cannot be told.'),
    verification: verification(),
    gates: z
      .array(gateSchema())
      .default([])
      .describe(
        'Every gate that judged something, those that did not pass first, of level `fail` before others. A gate that had nothing to judge is not listed; summaries of older versions list none.',
      ),
    predictions: z
      .exactOptional(z.array(prediction()))
      .describe(
        'What output.logLikelihood and output.predictive asked to be computed for every row when the run ended; left out where they asked for nothing. chorale predict does not change it.',
      ),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    timings: timings().describe('Seconds by the clock on the wall, of the process that wrote this file.'),
  }),
)

export type Summary = z.infer<ReturnType<typeof summarySchema>>
export type { GateSummary } from '../gates/gate-schema.js'
export type LocalsSummary = z.infer<ReturnType<typeof locals>>
export type ParameterSummary = z.infer<ReturnType<typeof parameter>>
export type PredictionSummary = z.infer<ReturnType<typeof prediction>>
export type ShardSummary = z.infer<ReturnType<typeof shard>>
/** Why all chains of a shard ran again: what the chains before showed, and what was changed. */
export type RestartReport = z.infer<ReturnType<typeof restart>>
/** What one chain did, as it is published. */
export type ChainReportSummary = z.infer<ReturnType<typeof chainReport>>

export const summaryJsonSchema = (): object => zod().toJSONSchema(summarySchema())
