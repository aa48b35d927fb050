import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

import { temporaryFolder } from './folders.js'

const execute = promisify(execFile)
const PACKAGE = join(import.meta.dirname, '..')
if (!existsSync(join(PACKAGE, 'dist', 'index.js')))
  throw new Error('These tests start processes with the built package: run "npm run build" first.')

interface Measured {
  readonly draws: number
  readonly bytes: number
  readonly peakBytes: number
}

/** With a heap that the draws do not fit in; memory outside of the heap counts too. */
async function exportLarge(format: string, out: string, megabytes: number): Promise<Measured> {
  const child = join(import.meta.dirname, 'large-run-child.mjs')
  const { stdout } = await execute(process.execPath, ['--max-old-space-size=64', child, format, out, String(megabytes)])
  return JSON.parse(stdout) as Measured
}

// Megabytes; text is slow to write.
const SIZES = { netcdf: 200, parquet: 200, arrow: 200, cmdstan: 120, json: 120 } as const

describe.each(Object.entries(SIZES))('%s', (format, megabytes) => {
  test('a run that is larger than memory may be: the export takes no more memory than a small one, and a bit', async () => {
    const folder = await temporaryFolder()
    const small = await exportLarge(format, join(folder, 'small'), 20)
    const large = await exportLarge(format, join(folder, 'large'), megabytes)
    expect(large.bytes).toBeGreaterThanOrEqual(megabytes * 1e6)
    expect(large.peakBytes - small.peakBytes).toBeLessThan(0.5 * large.bytes)
    if (format !== 'cmdstan') expect(statSync(join(folder, 'large')).size).toBeGreaterThan(0.3 * large.bytes)
  }, 120_000)
})
