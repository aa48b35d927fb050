import { join } from 'node:path'
import { CHAIN_REPORT_FILE, type ChainReport, type FileRecord } from '@chorale/core/contracts'
import { openAttemptFile } from '../chain/attempt-file.js'
import type { Chain } from '../chain/chain.js'
import type { SavedCounts } from '../chain/chain-counts.js'
import { sha256 } from '../chain/checkpoint.js'
import type { Metric } from '../metric/metric.js'

/** Numbers of an inverse metric that a report may hold. */
const LARGEST_INVERSE = 10_000

/** The inverse metric, whole where it is dense, else its diagonal; undefined when it is too large for a report. */
export function inverseOf(metric: Metric): Float64Array | undefined {
  const inverse = inverseValues(metric)
  return inverse.length > LARGEST_INVERSE ? undefined : inverse
}

function inverseValues(metric: Metric): Float64Array {
  switch (metric.kind) {
    case 'diagonal':
    case 'dense':
      return metric.inverse
    case 'low-rank': {
      const { scales, vectors, eigenvalues } = metric
      return scales.map((scale, i) => {
        let variance = 1
        eigenvalues.forEach((value, k) => (variance += (value - 1) * vectors[k * scales.length + i] * vectors[k * scales.length + i]))
        return scale * scale * variance
      })
    }
  }
}

/** What a chain did, when all its iterations are done. */
export function chainReport(
  { trajectory: { metric, stepSize } }: Chain,
  { warmup, sampling }: SavedCounts,
  adaptation: string,
): ChainReport {
  const inverse = inverseOf(metric)
  return { format: 1, warmup, sampling, adaptation, stepSize, metric: { kind: metric.kind, ...(inverse && { inverse: [...inverse] }) } }
}

/** Writes the report; it is put on disk with all that the result names. */
export async function writeChainReport(directory: string, report: ChainReport): Promise<FileRecord> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(report)}\n`)
  const file = await openAttemptFile(join(directory, CHAIN_REPORT_FILE), 'wx')
  try {
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
  return { path: CHAIN_REPORT_FILE, bytes: bytes.length, digest: sha256(bytes) }
}
