import { columns, type Columns, type CompiledModel } from '@chorale/model'
import { describe, expect, it } from 'vitest'

import { ADAPTATION_NAMES, DEFAULT_ADAPTATION, type AdaptationName } from './adaptations.js'
import { POSTERIOR, runChains } from './chains.js'
import { judge, largestRhat, momentScores, type ReferenceMoments, type Score, type Verdict } from './moment-scores.js'
import arK from './posteriordb/ar-k.js'
import blr from './posteriordb/blr.js'
import eightSchools from './posteriordb/eight-schools.js'
import gpRegr from './posteriordb/gp-regr.js'
import kidscore from './posteriordb/kidscore-momhsiq.js'
import lowDimGaussMix from './posteriordb/low-dim-gauss-mix.js'
import { isAvailable, matrixColumns, readPosterior, vectorsOf, type StanData } from './posteriordb/reference.js'

const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'

/** Everything that is random is fixed by the seed. `CHORALE_LONG_TESTS=1` takes three, all adaptations, and more chains. */
const SEEDS = IS_LONG ? [1, 2, 3] : [1]
const ADAPTATIONS: readonly AdaptationName[] = IS_LONG ? ADAPTATION_NAMES : [DEFAULT_ADAPTATION, 'fast, low-rank']
const CHAINS = IS_LONG ? 16 : 8

const TIMEOUT = { timeout: 180_000 }

interface Case {
  readonly model: CompiledModel
  readonly columns: (data: StanData) => Columns
  /** Default `CHAINS`. */
  readonly chains?: number
}

const cases: Readonly<Record<string, Case>> = {
  'sblrc-blr': {
    model: blr,
    columns: ({ X, ...others }) => ({ ...vectorsOf(others), ...matrixColumns('x', X as readonly (readonly number[])[]) }),
  },
  'kidiq-kidscore_momhsiq': { model: kidscore, columns: vectorsOf },
  'eight_schools-eight_schools_noncentered': { model: eightSchools, columns: vectorsOf },
  'arK-arK': { model: arK, columns: vectorsOf },
  'low_dim_gauss_mix-low_dim_gauss_mix': { model: lowDimGaussMix, columns: vectorsOf, chains: CHAINS / 2 },
  'gp_pois_regr-gp_regr': { model: gpRegr, columns: vectorsOf },
}

interface Fit {
  readonly scores: readonly Score[]
  readonly rhat: number
}

/** Draws with chains of 1000 and compares them with the reference. */
async function fit(name: string, seed: number, adaptation: AdaptationName, powers = POSTERIOR): Promise<Fit> {
  const { model, columns: columnsOf, chains = CHAINS } = cases[name]!
  const { data, params } = readPosterior(name)
  const shard = columns(columnsOf(data))
  const bound = model.bind(shard, model.summarize(shard))
  const draws = await runChains(bound, { adaptation, seed, chains, warmup: 400, draws: 1000, powers })
  const compare = ([parameter, reference]: [string, ReferenceMoments]): readonly Score[] =>
    momentScores(parameter, draws.get(parameter)!, reference)
  return { scores: Object.entries(params).flatMap(compare), rhat: largestRhat(draws) }
}

const told = ({ largest: { name, statistic, z }, rms }: Verdict): string =>
  `largest z ${z.toFixed(2)} (${statistic} of ${name}), rms ${rms.toFixed(2)}`

describe.skipIf(!isAvailable)(
  `posteriors of posteriordb${isAvailable ? '' : ' (skipped: golden/posteriordb is not beside the repository)'}`,
  () => {
    describe.each(SEEDS.flatMap(seed => ADAPTATIONS.map(adaptation => ({ seed, adaptation }))))(
      'seed $seed, $adaptation',
      ({ seed, adaptation }) => {
        const all: Score[] = []

        it.each(Object.keys(cases))('%s: chains agree, and no moment is 4 standard errors from the reference', TIMEOUT, async name => {
          const { scores, rhat } = await fit(name, seed, adaptation)
          all.push(...scores)
          const verdict = judge(scores)
          expect(rhat).toBeLessThan(1.01)
          expect(Math.abs(verdict.largest.z), told(verdict)).toBeLessThan(4)
        })

        // Scores of one posterior hang together, so their root mean square alone says little: all 175 scores count as about 70 independent ones.
        it('together the differences are as large as Monte Carlo error', () => {
          expect(all).toHaveLength(175)
          expect(judge(all)).toMatchObject({ passes: true })
        })
      },
    )

    describe('what must fail', () => {
      const WIDER = 1 / (1.05 * 1.05)

      it('a posterior whose standard deviations are 5 % too large', TIMEOUT, async () => {
        const { scores } = await fit('arK-arK', 1, DEFAULT_ADAPTATION, { prior: WIDER, likelihood: WIDER, jacobian: WIDER })
        expect(judge(scores)).toMatchObject({ passes: false })
      })

      it.each(['eight_schools-eight_schools_noncentered', 'arK-arK'])('%s without the Jacobian of its scale', TIMEOUT, async name => {
        const { scores } = await fit(name, 1, DEFAULT_ADAPTATION, { ...POSTERIOR, jacobian: 0 })
        expect(judge(scores)).toMatchObject({ passes: false })
      })
    })
  },
)
