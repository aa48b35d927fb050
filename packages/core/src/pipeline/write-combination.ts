import { join } from 'node:path'

import type { Json } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { globalCoordinates, hasLocals } from '../planning/local-parameters.js'
import { encodeBlocks, layout, makeDirectory, replaceFile, toJsonText } from '../run-directory/index.js'

/** Writes the draws of a combination and what its combiner reports. `draws`: whole rows of coordinates, some at a time. */
export async function writeCombination(
  { path, record }: ActiveRun,
  combination: string,
  draws: AsyncIterable<Float64Array> | Iterable<Float64Array>,
  diagnostics: Readonly<Record<string, Json>>,
): Promise<void> {
  const folder = layout.resultsDirectory(path, combination)
  await makeDirectory(folder)
  const { plan } = record
  const width = hasLocals(plan) ? globalCoordinates(plan.parameters).length : plan.dimension
  const columns = Array.from({ length: width }, (_, i) => `x${i}`)
  await Promise.all([
    replaceFile(join(folder, 'draws.bin'), encodeBlocks(columns, draws), { sync: 'full' }),
    replaceFile(join(folder, 'diagnostics.json'), toJsonText({ format: 1, ...diagnostics }), { sync: 'full' }),
  ])
}
