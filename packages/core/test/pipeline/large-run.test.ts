import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

import type { Summary } from '../../src/summary/summary-schema.js'
import { openRows, recordFile } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

const CHAINS = 3
const DRAWS = 700_000
/** Reading whole files, as for a small run, took 380 MB; a process that has only loaded the program takes about 90. */
const MEGABYTES = 260

interface LargeRun {
  readonly megabytes: number
  readonly means: readonly number[]
  readonly path: string
  readonly summary: Summary
}

async function largeRun(): Promise<LargeRun> {
  const folder = await temporaryFolder()
  const program = join(folder, 'large-run.mjs')
  const sources = (name: string): string => join(import.meta.dirname, '..', '..', '..', name, 'src', 'index.ts')
  await build({
    entryPoints: [join(import.meta.dirname, 'large-run-child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: program,
    alias: { '@chorale/random': sources('random'), '@chorale/diagnostics': sources('diagnostics') },
    external: ['esbuild', 'jiti', 'cosmiconfig'],
    banner: { js: `import { createRequire as createRequireOf } from 'node:module'\nconst require = createRequireOf(import.meta.url)` },
  })
  const argv = [program, folder, String(CHAINS), String(DRAWS), '1']
  return JSON.parse((await promisify(execFile)(process.execPath, argv)).stdout) as LargeRun
}

test(
  'the memory of a run does not grow with its draws: 2.1 million of them, files checked and combined',
  { timeout: 120_000 },
  async () => {
    const { megabytes, means, path, summary } = await largeRun()
    expect(megabytes).toBeLessThan(MEGABYTES)

    const total = CHAINS * DRAWS
    const results = join(path, 'results', 'none')
    const written = await openRows(results, await recordFile(results, 'draws.bin'))
    expect([written.rows, written.columns]).toEqual([total, ['x0', 'x1']])

    // More than a million draws: ranks are of every third, means and standard deviations of all.
    expect(summary.shards[0]).toMatchObject({ thinnedForDiagnostics: 3, divergences: 0 })
    const sds = [0.5, 10]
    means.forEach((mean, j) => {
      const found = summary.parameters[`x[${j + 1}]`]!
      const sd = sds[j]!
      expect(Math.abs(found.mean - mean) / sd).toBeLessThan(1e-10)
      expect(Math.abs(found.sd / sd - 1)).toBeLessThan(4 / Math.sqrt(2 * total))
      // Independent draws: every third of them is as many effective ones, and f = 0.103/sd at the 5 % quantile.
      expect(Math.abs(found.essBulk! / (total / 3) - 1)).toBeLessThan(0.05)
      expect(Math.abs(found.q5 - (mean - 1.644854 * sd))).toBeLessThan(((5 * sd) / 0.103) * Math.sqrt((0.05 * 0.95) / (total / 3)))
    })
  },
)
