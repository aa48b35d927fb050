/** `run.json`: everything that was decided before the first task, written once. */
import type { z } from 'zod'
import type { Json } from '../contracts/json.js'
import type { ModelDescription, ParameterInfo } from '../contracts/model.js'
import type { Powers } from '../contracts/powers.js'
import type { CodeReference, FixedParameters, SamplingSettings } from '../contracts/task.js'
import { PLAIN_RUN } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { isInsidePath } from './file-record.js'
import { digestSchema, isDigest } from './records.js'
import { onFirstUse } from '../zod.js'

/** One shard of the plan: rows, size in bytes and SHA-256 of its columns file. */
export interface ShardRecord {
  readonly id: number
  readonly rows: number
  readonly bytes: number
  readonly digest: string
  /** Where shards have local parameters: all parameters that this one has. */
  readonly parameters?: readonly ParameterInfo[]
}

export interface PlanRecord {
  readonly shards: readonly ShardRecord[]
  /** Chains of each shard. */
  readonly chains: number
  /** Names in the registry. */
  readonly backend: string
  /** The backend's tasks outlive whoever submits them. */
  readonly detachable?: boolean
  readonly combiner: string
  readonly sampler: CodeReference
  /** What the sampler made of the settings: what every chain that is no restart runs with. */
  readonly sampling: SamplingSettings
  /** Parameters that are no coordinates of this run. */
  readonly fixed?: FixedParameters
  /** What every shard's target carries. */
  readonly powers: Powers
  /** Length of the unconstrained vector: of the first shard, where shards differ. */
  readonly dimension: number
  /** Those of the first shard, where shards have local ones. */
  readonly parameters: readonly ParameterInfo[]
  /** What `Model.summarize` returned for all rows; null without it. */
  readonly summary: Json
}

export interface RunRecord {
  readonly format: 1
  readonly id: string
  /** The writer's clock in milliseconds since 1970: for display. */
  readonly createdAt: number
  readonly versions: {
    readonly chorale: string
    readonly node: string
    readonly v8: string
    readonly arch: string
    readonly platform: string
  }
  readonly settings: Json
  readonly seed: number
  readonly plan: PlanRecord
  readonly plugins: readonly CodeReference[]
  /** The job bundle, relative to the run directory; null for a model that is an object of the planning process. */
  readonly code: { readonly path: string; readonly digest: string; readonly exportName: string } | null
  readonly data: {
    /** Relative to the run directory. */
    readonly directory: string
    readonly fingerprint: string
    readonly rows: { readonly total: number; readonly used: number }
    /** Labels of the factor columns, in code order. */
    readonly labels: Readonly<Record<string, readonly string[]>>
  }
  /** How the log density of each observed site is computed, as `Model.describe` said for shard 0; empty for a model that does not say. */
  readonly kernels: ModelDescription['kernels']
}

const count = onFirstUse(z => z.int().nonnegative())
const insidePath = onFirstUse(z => z.string().refine(isInsidePath, 'must be a relative path without ".."'))

const codeReferenceSchema = onFirstUse((z): z.ZodType<CodeReference> =>
  z.object({
    name: z.string(),
    url: z.string(),
    version: z.string(),
    digest: z.string(),
  }),
)

const powersSchema = onFirstUse((z): z.ZodType<Powers> =>
  z.object({
    prior: z.number(),
    likelihood: z.number(),
    jacobian: z.number(),
    standIns: z.exactOptional(z.record(z.string(), z.object({ mean: z.number(), sd: z.number() }))),
  }),
)

const parameterSchema = onFirstUse((z): z.ZodType<ParameterInfo> =>
  z.object({
    name: z.string(),
    shape: z.array(count()),
    support: z.string(),
    scope: z.enum(['global', 'local']),
    offset: count(),
    size: count(),
    prior: z.exactOptional(z.enum(['proper', 'flat'])),
    levels: z.exactOptional(z.array(z.array(count()).nullable())),
  }),
)

const samplingSchema = onFirstUse((z): z.ZodType<SamplingSettings> =>
  z.object(
    {
      warmup: count(),
      draws: count(),
      targetAcceptProb: z.number(),
      maxTreeDepth: count(),
      thin: z.int().positive(),
      saveWarmup: z.boolean(),
      options: z.record(z.string(), z.json()),
    },
    { error: ({ input }) => (input === undefined ? 'missing, as in plans that recorded only settings: start a new run' : undefined) },
  ),
)

const planSchema = onFirstUse((z): z.ZodType<PlanRecord> =>
  z.object({
    shards: z.array(
      z.object({
        id: count(),
        rows: count(),
        bytes: count(),
        digest: digestSchema(),
        parameters: z.exactOptional(z.array(parameterSchema())),
      }),
    ),
    chains: count(),
    backend: z.string(),
    detachable: z.exactOptional(z.boolean()),
    combiner: z.string(),
    sampler: codeReferenceSchema(),
    sampling: samplingSchema(),
    fixed: z.exactOptional(z.record(z.string(), z.union([z.number(), z.array(z.number())]))),
    powers: powersSchema(),
    dimension: count(),
    parameters: z.array(parameterSchema()),
    summary: z.json(),
  }),
)

export const runRecordSchema = onFirstUse((z): z.ZodType<RunRecord> =>
  z.object({
    format: z.literal(1),
    id: z.string(),
    createdAt: z.number(),
    versions: z.object({ chorale: z.string(), node: z.string(), v8: z.string(), arch: z.string(), platform: z.string() }),
    settings: z.json(),
    seed: z.number(),
    plan: planSchema(),
    plugins: z.array(codeReferenceSchema()),
    code: z.object({ path: insidePath(), digest: digestSchema(), exportName: z.string() }).nullable(),
    data: z.object({
      directory: insidePath(),
      fingerprint: digestSchema(),
      rows: z.object({ total: count(), used: count() }),
      labels: z.record(z.string(), z.array(z.string())),
    }),
    kernels: z.array(z.object({ site: z.string(), kernel: z.string(), reason: z.string() })),
  }),
)

/** Whether a value is certainly a record of a run: the plain keywords of its schema, and what they cannot say. */
export function isPlainRun(value: unknown): boolean {
  if (!isPlainlyValid(PLAIN_RUN, value)) return false
  const { plan, code, data } = value as RunRecord
  const digests = [data.fingerprint, ...plan.shards.map(shard => shard.digest), ...(code ? [code.digest] : [])]
  return digests.every(isDigest) && [data.directory, ...(code ? [code.path] : [])].every(isInsidePath)
}
