import { expect, test } from 'vitest'

import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { gaussianRun, rowsOf, type GaussianRunOptions } from './gaussian-run.js'

const ONE = rowsOf([80])
/** One shard asks for none. */
const NO_COMBINER = { combiner: { definition: { name: 'none' } } } as unknown as CombinationRequest

async function finish(options: Partial<GaussianRunOptions>) {
  const made = await gaussianRun({ shards: ONE, draws: 1000, chains: 1, ...options })
  return { ...made, ...(await finishRun(made.run, await sampleShards(made.run, drive), { request: NO_COMBINER })) }
}
const verdictOf = async (options: Partial<GaussianRunOptions>) => (await finish(options)).summary.verification.verdict

test('draws of an approximation are verified although there is one shard, and never exact', async () => {
  const { summary, ran } = await finish({ approximate: true })
  expect(ran.filter(id => id.startsWith('evaluate'))).toHaveLength(1)
  expect(summary.verification.verdict).toMatch(/^approximate \(0\.[01]\d sd: gaussian, by importance check\)$/)
  expect(summary.verification.paretoK).not.toBeNull()
  expect(summary.combiner).toBe('none')
})
test('draws of the posterior itself are not', async () => {
  const { summary, ran } = await finish({})
  expect([summary.verification.verdict, ran.length]).toEqual(['exact', 1])
})
test('an approximation that is off is found out', async () => {
  expect(await verdictOf({ approximate: true, mischief: () => ({ shift: 1 }) })).toMatch(/^unreliable \(means may be off by (0\.9|1\.)/)
})
test('an approximation that is not verified is unreliable, and says why', async () => {
  expect(await verdictOf({ approximate: true, settings: { verification: { enabled: false } } })).toBe(
    'unreliable (the approximation by gaussian was not verified: verification.enabled is false)',
  )
})
