/** Models that are split in different ways. */
import { bernoulliLogit, dot, exp, halfNormal, model, normal, studentT } from '@chorale/model'

const COLUMNS = 8
const names = Array.from({ length: COLUMNS }, (_, j) => `x${j}`)

/** A fused WebAssembly kernel. */
export const logistic = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [COLUMNS] })
  plate('rows', data.rows, () => sample('late', bernoulliLogit(dot(data.matrix(names), beta)), { observed: data.vector('late') }))
})

/** A loop over the rows with a WebAssembly predictor. */
export const robust = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [COLUMNS] })
  const sd = sample('sd', halfNormal(1))
  plate('rows', data.rows, () => sample('y', studentT(4, dot(data.matrix(names), beta), sd), { observed: data.vector('y') }))
})

/** Effects of groups that every shard has. */
export const hierarchical = model(({ data, sample, plate }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 1))
  const tau = sample('tau', halfNormal(1))
  const effect = plate('groups', group, () => sample('effect', normal(mu, tau), { reparameterize: 'non-centered' }))
  plate('rows', data.rows, () => sample('y', studentT(4, effect.at(group).add(exp(mu).mul(0.1)), 1.5), { observed: data.vector('y') }))
})

/** Effects of groups whose rows stay together in one shard. */
export const grouped = model(({ data, sample, plate }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 1))
  const effect = plate('groups', group, { local: true }, () => sample('effect', normal(mu, 0.5)))
  plate('rows', data.rows, () => sample('late', bernoulliLogit(effect.at(group)), { observed: data.vector('late') }))
})

/** Nothing of the rows is left but a triangle. */
export const sufficient = model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [COLUMNS] })
  const sd = sample('sd', halfNormal(1))
  plate('rows', data.rows, () => sample('y', normal(dot(data.matrix(names), beta), sd), { observed: data.vector('y') }))
})

/** One series: never split. */
export const series = model(({ data, sample }) => {
  const y = data.series('y')
  const phi = sample('phi', normal(0, 1))
  sample('y', studentT(4, y.slice(0, -1).mul(phi), 1), { observed: y.slice(1) })
})

/** A density by hand, without blocks. */
export const handWritten = {
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    return {
      parameters: ['mu', 'more', 'rest'].map((name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })),
      dimension: 3,
      logDensityInto(gradient, [mu, more, rest], { prior, likelihood }) {
        let sum = 0
        let squares = 0
        for (const value of y) {
          sum += value - mu
          squares += (value - mu) * (value - mu)
        }
        gradient[0] = -prior * mu + likelihood * sum
        gradient[1] = -prior * more
        gradient[2] = -prior * rest
        return -0.5 * prior * (mu * mu + more * more + rest * rest) - 0.5 * likelihood * squares
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
