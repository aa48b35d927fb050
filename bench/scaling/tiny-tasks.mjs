/**
 * 1,000 shards of 5 rows, one short chain each: what a task costs beside its own work, which runs from the claim of its attempt to its marker. In memory where there
 * is a file system of that kind: how fast a disk syncs is another question.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { backendOf, planRun, sample } from './planned-run.mjs'

const MEMORY = '/dev/shm'

export async function measureTinyTasks({ rounds, shards = 1000, threads = 2 }) {
  const model = fileURLToPath(new URL('tiny-model.mjs', import.meta.url))
  const table = (_, shard) => ({
    rows: 5,
    columns: [{ name: 'y', values: Float64Array.from({ length: 5 }, (_, i) => Math.sin(shard + i)) }],
  })
  const plan = await planRun({
    model,
    tables: Array.from({ length: shards }, table),
    warmup: 5,
    draws: 5,
    ...(existsSync(MEMORY) && { root: MEMORY }),
  })
  const sides = [
    { title: 'cpu', name: 'cpu', threads: 1, overhead: [], own: [] },
    { title: `workers, ${threads} threads`, name: 'workers', threads, overhead: [], own: [] },
  ]
  try {
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const backend = await backendOf(side.name)
        const options = { parallelTasks: side.threads, round: 2 * round + sides.indexOf(side) }
        const { seconds, chains } = await sample(plan, backend, options)
        await backend.cleanup()
        const own = chains.reduce((sum, chain) => sum + chain.own, 0)
        side.own.push((1000 * own) / shards)
        side.overhead.push((1000 * (seconds - own / side.threads)) / shards)
      }
    }
  } finally {
    plan.dispose()
  }
  return { sides }
}
