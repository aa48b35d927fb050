/** One chain of a logistic regression of 100,000 rows and 25 columns: pjit on 2 threads beside 1. */
import { fileURLToPath } from 'node:url'
import { logisticTable } from './logistic-data.mjs'
import { backendOf, drawsOf, planRun, sample } from './planned-run.mjs'

export async function measureOneChain({ rounds, warmup = 100, draws = 100, rows = 100_000, devices = [1, 2] }) {
  const model = fileURLToPath(new URL('logistic-model.mjs', import.meta.url))
  const plan = await planRun({ model, tables: [logisticTable(rows, 25)], warmup, draws })
  const sides = devices.map(count => ({ title: `pjit, ${count} thread(s)`, devices: count, perGradient: [], seconds: [] }))
  const found = new Set()
  try {
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const backend = await backendOf('pjit', { devices: side.devices })
        const result = await sample(plan, backend, { round: round * devices.length + sides.indexOf(side) })
        await backend.cleanup()
        const [{ sampling }] = result.chains
        side.perGradient.push((1e6 * sampling.seconds) / sampling.gradients)
        side.seconds.push(result.seconds)
        found.add(drawsOf(result))
      }
    }
  } finally {
    plan.dispose()
  }
  return { sides, sameDraws: found.size === 1 }
}
