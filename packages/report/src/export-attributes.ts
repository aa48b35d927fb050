import type { ExportSource } from './export-source.js'

export type ExportAttributes = Readonly<Record<string, string | number>>

/** What every format says of where its draws are from. Times are those of the run, so that equal runs have equal exports. */
export function exportAttributes({ run, set }: ExportSource): ExportAttributes {
  const { record, summary } = run
  return {
    ...(record ? { created_at: new Date(record.createdAt).toISOString() } : {}),
    creation_library: 'chorale',
    ...(record ? { creation_library_version: record.versions.chorale } : {}),
    creation_library_language: 'TypeScript',
    inference_library: 'chorale',
    ...(record ? { inference_library_version: record.versions.chorale } : {}),
    name: run.id,
    ...(record ? { sampler: record.plan.sampler.name, seed: record.seed } : {}),
    ...(set.shard === undefined ? {} : { shard: set.shard }),
    ...(summary && set.shard === undefined ? { combiner: summary.combiner, verdict: summary.verification.verdict } : {}),
  }
}
