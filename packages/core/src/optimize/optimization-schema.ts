import type { z } from 'zod'
import { onFirstUse } from '../zod.js'

const numberOrNull = onFirstUse(z => z.number().nullable())
const count = onFirstUse(z => z.number().nonnegative().nullable())

/** `results/optimize/summary.json`: the mode that was found, and how. What the sampler does not say is null. */
export const optimizationSchema = onFirstUse(z =>
  z.strictObject({
    format: z.literal(1),
    run: z.string(),
    backend: z.string(),
    rows: z.strictObject({ used: z.int(), total: z.int() }),
    dimension: z.int(),
    jacobian: z
      .boolean()
      .describe('Whether it is the mode on the unconstrained scale, the log Jacobian included, instead of the constrained one.'),
    logDensity: numberOrNull().describe('At the mode, in nats, up to a constant.'),
    isConverged: z.boolean(),
    starts: count().describe('Random starts.'),
    found: count().describe('How many of them ended at this mode.'),
    iterations: count(),
    gradients: count(),
    parameters: z
      .record(z.string(), numberOrNull())
      .describe('Constrained values of the parameters, then those of deterministic sites, by element name; null where not finite.'),
    fixed: z.record(z.string(), z.union([z.number(), z.array(z.number()).readonly()])).describe('Parameters that were held at a value.'),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    seconds: z.number(),
  }),
)

export type OptimizationSummary = z.infer<ReturnType<typeof optimizationSchema>>
