/** Where the benchmark keeps what it builds and writes: never in the repository. `CHORALE_BENCH_CACHE` names another place. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export const cache = process.env.CHORALE_BENCH_CACHE ?? join(tmpdir(), 'chorale-bench-cache')

/** A folder of the cache, made where it is missing. */
export function cacheFolder(...names) {
  const folder = join(cache, ...names)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A folder for what one run of one side writes, gone when this process ends at the latest. */
export function runFolder(name) {
  runs ??= mkdtempSync(join(cacheFolder(), 'run-'))
  return cacheFolder(basename(runs), name)
}

let runs
process.on('exit', () => runs && rmSync(runs, { recursive: true, force: true }))

/** Ten digits that tell one text from another. */
export const fingerprint = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 10)
