/** The model of examples/flights on 3,000,000 invented flights in 16 shards: workers beside cpu. The cost of a gradient does not depend on the flights. */
import { fileURLToPath } from 'node:url'
import { createStream, prngKey } from '../../packages/random/dist/index.js'
import { backendOf, drawsOf, planRun, sample } from './planned-run.mjs'

function* flights(rows, shards) {
  const stream = createStream(prngKey(2001))
  const size = Math.ceil(rows / shards)
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from)
    const column = (name, value) => ({ name, values: Float64Array.from({ length: count }, value) })
    yield {
      rows: count,
      columns: [
        column('delay', () => (stream.uniform() < 0.2 ? 30 : 0)),
        column('distance', () => 50 + Math.floor(2500 * stream.uniform())),
        column('date', () => 978_307_200_000 + 60_000 * Math.floor(260_000 * stream.uniform())),
      ],
    }
  }
}

export async function measureFlights({ rounds, rows = 3_000_000, shards = 16, warmup = 60, draws = 60, parallelTasks = 2 }) {
  const model = fileURLToPath(new URL('../../examples/flights/model.ts', import.meta.url))
  const plan = await planRun({ model, tables: flights(rows, shards), warmup, draws })
  const sides = ['cpu', 'workers'].map(name => ({ title: name === 'cpu' ? 'cpu' : `workers, ${parallelTasks} threads`, name, seconds: [] }))
  const found = new Set()
  try {
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const backend = await backendOf(side.name)
        const result = await sample(plan, backend, { parallelTasks, round: 2 * round + sides.indexOf(side) })
        await backend.cleanup()
        side.seconds.push(result.seconds)
        found.add(drawsOf(result))
      }
    }
  } finally {
    plan.dispose()
  }
  return { sides, sameDraws: found.size === 1 }
}
