import type { z } from 'zod'

import type { Model, Plugin } from '../contracts/index.js'
import { isModelObject, isPluginObject, isValueList, optionIssues, type ValueList } from './plain-data.js'
import { output } from './output-schema.js'
import { count, name, size } from './scalar-schemas.js'
import { validation } from './validation-schema.js'
import { onFirstUse, zod } from '../zod.js'

const auto = onFirstUse(z => z.literal('auto'))

/** Values that only TypeScript settings can hold; the JSON Schema leaves them out. */
export const modelObject = onFirstUse(z => z.custom<Model>(isModelObject, 'not a model object').describe('model object (TypeScript only)'))
export const pluginObject = onFirstUse(z =>
  z.custom<Plugin>(isPluginObject, 'not a plugin object').describe('plugin object (TypeScript only)'),
)
export const valueList = onFirstUse(z =>
  z.custom<ValueList>(isValueList, 'not a list of numbers or of texts').describe('list of numbers or of texts'),
)

const numberList = onFirstUse(z => z.array(z.number()))

/** Options pass through to whoever the section names; they must survive the trip to a job. */
const optionsArePlain =
  (own: readonly string[]) =>
  (value: Record<string, unknown>, context: z.RefinementCtx): void => {
    for (const { path, message } of optionIssues(value, own)) context.addIssue({ code: 'custom', path: [...path], message })
  }

/** A section that may be just the name of what it chooses: `backend: workers`. */
const named = <O, I>(section: z.ZodType<O, I>) =>
  zod().union([
    section,
    name()
      .transform(chosen => ({ name: chosen }))
      .pipe(section as unknown as z.ZodType<O, { name: string }>),
  ])

const model = onFirstUse(z =>
  z
    .union([
      name().transform(path => ({ path, export: 'default' })),
      z.strictObject({
        path: name().describe('Path of the module that exports the model, relative to the settings file.'),
        export: name().default('default').describe('Name under which that module exports the model.'),
      }),
      modelObject(),
    ])
    .optional()
    .describe(
      'The model: the path of its module, or that path and an export, or (TypeScript settings and API only) the model object itself.',
    ),
)

const dataShape = onFirstUse(z => ({
  source: name().optional().describe('What reads the rows: the name of a data source. Default: chosen by the ending of the file name.'),
  path: name().optional().describe('The file to read, relative to the settings file.'),
  columns: z
    .union([z.array(name()), z.record(z.string(), valueList())])
    .optional()
    .describe(
      'A list of names: columns to load besides those that the model reads. A map of names to values: the data themselves (source `inline`).',
    ),
  factors: z.array(name()).default([]).describe('Columns that hold categories; they become integer codes with sorted labels.'),
  every: count(1).default(1).describe('Take only every n-th row, for a trial run.'),
  missing: z
    .enum(['error', 'drop'])
    .default('error')
    .describe('What a missing value does: stop the run, or leave its row out and count it.'),
}))

const data = onFirstUse(z =>
  z
    .looseObject(dataShape())
    .superRefine(optionsArePlain(Object.keys(dataShape())))
    .superRefine(({ source, columns }, context) => {
      const inline = columns !== undefined && !Array.isArray(columns)
      if (inline && source !== undefined && source !== 'inline')
        context.addIssue({ code: 'custom', path: ['columns'], message: `a map of values needs the source "inline", not "${source}"` })
      if (source === 'inline' && !inline)
        context.addIssue({
          code: 'custom',
          path: ['columns'],
          message: 'the source "inline" needs a map of column names to lists of values',
        })
    })
    .transform(value => (value.columns && !Array.isArray(value.columns) ? { ...value, source: 'inline' } : value))
    .prefault({})
    .describe('Where the rows come from.'),
)

const sharding = onFirstUse(z =>
  z
    .strictObject({
      strategy: name().default('random').describe('How rows are spread over shards: the name of a sharding strategy.'),
      shards: z
        .union([auto(), count(1)])
        .default('auto')
        .describe('Number of shards. `auto` depends on rows, parameters and the settings below, never on cores or memory.'),
      by: name().optional().describe('Column that holds the strata or groups, for strategies that need one.'),
      rowsPerShard: z
        .union([auto(), count(1)])
        .default('auto')
        .describe('Rows of one shard at most. Not read when `shards` is a number.'),
      minRowsPerShard: count(1).default(10_000).describe('`auto` makes no shard smaller than this.'),
      minRowsPerParameter: count(1).default(1_500).describe('`auto` gives a shard at least this many rows per unconstrained parameter.'),
      minRows: count(0).default(100_000).describe('With fewer rows `auto` means one shard.'),
      enable: z
        .enum(['auto', 'always', 'never'])
        .default('auto')
        .describe('`never`: one shard, whatever the rest says. `always`: `minRows` is not asked.'),
    })
    .prefault({})
    .describe('How the rows are cut into shards.'),
)

const backendShape = onFirstUse(() => ({
  name: name().default('auto').describe('Where tasks run: the name of a backend, or `auto`.'),
  parallelTasks: count(1).optional().describe('Tasks in flight at most. Default: what the backend finds usable.'),
  memory: size().optional().describe('Memory that may be used, as a size (`8GB`, `512 MiB`) or in bytes. Default: what the backend finds.'),
  attempts: count(1).default(3).describe('Attempts of one task at most, the first included.'),
}))
const backend = onFirstUse(z => z.looseObject(backendShape()).superRefine(optionsArePlain(Object.keys(backendShape()))))

const samplingShape = onFirstUse(z => ({
  name: name().default('nuts').describe('The sampler: the name of a sampling engine.'),
  chains: count(1).default(4).describe('Chains per shard.'),
  warmup: count(0).optional().describe('Warmup iterations per chain, at most. Default: the sampler decides.'),
  draws: count(1).default(1_000).describe('Iterations per chain after warmup; every `thin`-th is kept.'),
  thin: count(1).default(1).describe('Keep every n-th draw. The others cost as much time; they save only space.'),
  saveWarmup: z.boolean().default(false).describe('Keep the iterations of warmup too, in files of their own that nothing else reads.'),
  seed: count(0).default(0).describe('Seed of every random number of the run.'),
  targetAcceptProb: z.number().gt(0).lt(1).default(0.8).describe('Mean acceptance probability that step-size adaptation aims at.'),
  maxTreeDepth: z.int().min(1).max(20).default(10).describe('Doublings of a trajectory at most: 2^depth - 1 leapfrog steps.'),
  restarts: count(0)
    .default(3)
    .describe('How often all chains of a shard run again at most, with other settings that the sampler chooses by what they showed.'),
  fixed: z
    .record(name(), z.union([z.number(), numberList()]))
    .default({})
    .describe('Parameters held at a value of the constrained scale, by name; arrays are flat and row-major. They are not sampled.'),
}))
const sampling = onFirstUse(z => z.looseObject(samplingShape()).superRefine(optionsArePlain(Object.keys(samplingShape()))))

const combinationShape = onFirstUse(z => ({
  name: name().default('auto').describe('How sub-posteriors are combined: the name of a combiner.'),
  draws: count(1).optional().describe('Draws of the combined posterior. Default: as many as the chains of a shard keep, at least 4000.'),
  locals: z
    .enum(['conditional', 'transport', 'skip'])
    .default('conditional')
    .describe(
      'Where shards have parameters of their own: `conditional` draws them again given the combined draws, `transport` moves the draws of their shard (cheap, approximate), `skip` leaves them out.',
    ),
  localDraws: count(1)
    .optional()
    .describe(
      'Combined draws, evenly spaced, for which local parameters are drawn. Default: an eighth of the iterations of a shard, at least 100 and at most 1000.',
    ),
  evaluate: z
    .enum(['auto', 'driver', 'backend'])
    .default('auto')
    .describe(
      'Where the full-data log density is evaluated for combiners and for the check: by tasks on the `backend`, in the `driver`, which reads all shards into its memory, or where it is answered sooner (`auto`: on the backend, or on workers of this machine where the backend is a batch scheduler; in the driver only up to 256 MB of data).',
    ),
  minSuccessRate: z.number().gt(0).max(1).default(1).describe('Share of shards that must succeed; with fewer the run fails.'),
}))
const combination = onFirstUse(z => z.looseObject(combinationShape()).superRefine(optionsArePlain(Object.keys(combinationShape()))))

const verification = onFirstUse(z =>
  z
    .strictObject({
      enabled: z.boolean().default(true).describe('Check the combined draws against the density of all rows.'),
      draws: count(1).optional().describe('Positions at which it is evaluated. Default: 50 per unconstrained parameter, at least 1000.'),
      maxRounds: count(0)
        .default(1)
        .describe(
          'Submissions of evaluations to a batch scheduler at most, with `combination.evaluate: backend`. One is for the check; a combiner may use the others.',
        ),
    })
    .prefault({})
    .describe('Importance check of the combined posterior.'),
)

const timeout = onFirstUse(z =>
  z
    .strictObject({
      task: z.number().gt(0).default(3_600).describe('Seconds that one attempt of a task may run; time in a queue does not count.'),
      heartbeat: z
        .number()
        .gt(0)
        .default(600)
        .describe(
          'Seconds without a sign of life after which a running task counts as lost. A task whose gradients are counted (cpu, workers, pjit) is lost after a minute without one, or a tenth of this, or 50 of its slowest gradients, whichever is longest; sooner only where this is below a minute.',
        ),
      run: z.number().gt(0).optional().describe('Seconds after which the run stops, as after Ctrl-C; a resume goes on. Default: no limit.'),
    })
    .prefault({})
    .describe('Time limits, in seconds.'),
)

const plugins = onFirstUse(z =>
  z
    .array(z.union([name(), pluginObject()]))
    .default([])
    .describe(
      'Plugins: package names or paths, resolved from the folder of the settings file, or (TypeScript settings and API only) plugin objects.',
    ),
)

/** The one source of validation, defaults, types, JSON Schema and the reference table of the settings. */
export const settingsSchema = onFirstUse(z =>
  z.strictObject({
    $schema: z.string().optional().describe('Path or URL of the JSON Schema of the settings, for editors.'),
    model: model(),
    data: data(),
    sharding: sharding(),
    backend: named(backend()).prefault({}).describe('Where tasks run: a name, or a name with limits and options of the backend.'),
    sampling: named(sampling())
      .prefault({})
      .describe('How a shard is sampled: the name of a sampler, or a name with settings and options of the sampler.'),
    combination: named(combination())
      .prefault({})
      .describe('How sub-posteriors become one: the name of a combiner, or a name with options of the combiner.'),
    validation: validation(),
    verification: verification(),
    timeout: timeout(),
    output: output(),
    plugins: plugins(),
    reproducible: z
      .enum(['bitwise', 'statistical'])
      .default('bitwise')
      .describe(
        '`bitwise`: a run goes on only where its draws come out bit by bit the same (same V8 version and processor architecture). `statistical`: anywhere.',
      ),
  }),
)

/** Checked settings with every default filled in. */
export type Settings = z.output<ReturnType<typeof settingsSchema>>
/** What a user may write. */
export type SettingsInput = z.input<ReturnType<typeof settingsSchema>>
