import { columns, exp, model, normal } from '@chorale/model'
import { describe, expect, it } from 'vitest'

import { ADAPTATION_NAMES } from '../models/adaptations.js'
import { POSTERIOR, runChains } from '../models/chains.js'
import { exactScores } from '../models/exact-scores.js'
import { largestRhat } from '../models/moment-scores.js'

/** Neal's funnel, non-centred: the log of the scale is Normal(0, 3), and the others are Normal(0, 1) times the scale. */
const funnel = model(({ data, sample, plate }) => {
  const logScale = sample('log scale', normal(0, 3))
  plate('rows', data.rows, () => sample('x', normal(0, exp(logScale.div(2))), { reparameterize: 'non-centered' }))
})

describe('the log of the scale of a non-centred funnel has mean 0 and standard deviation 3', () => {
  it.each(ADAPTATION_NAMES)('%s', { timeout: 120_000 }, async adaptation => {
    const shard = columns({ row: new Float64Array(9) })
    const bound = funnel.bind(shard, funnel.summarize(shard))
    const draws = await runChains(bound, { adaptation, seed: 1, chains: 4, draws: 1000, powers: POSTERIOR })
    expect(largestRhat(new Map([['log scale', draws.get('log scale')!]]))).toBeLessThan(1.01)
    for (const { statistic, z } of exactScores('log scale', draws.get('log scale')!, { mean: 0, sd: 3 })) {
      expect(Math.abs(z), statistic).toBeLessThan(4)
    }
  })
})
