/** What a user writes: the mean of a column, y[i] ~ Normal(mu, 1), mu ~ Normal(0, 10). The posterior is known: normal. */

export const ROWS = Array.from({ length: 400 }, (_, i) => Math.round(1e4 * (3 + 1.4 * Math.sin(i * i))) / 1e4)

const precision = ROWS.length + 1 / 100
export const POSTERIOR = { mean: ROWS.reduce((sum, y) => sum + y, 0) / precision, sd: 1 / Math.sqrt(precision) }

export const CSV = `y\n${ROWS.join('\n')}\n`

/** The object, in JavaScript that is TypeScript too. */
export const MODEL = `{
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    return {
      dimension: 1,
      parameters: [{ name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 }],
      logDensityInto(gradient, position, powers) {
        const mu = position[0] ?? NaN
        let [logLikelihood, slope] = [0, 0]
        for (const value of y) {
          logLikelihood -= ((value - mu) * (value - mu)) / 2
          slope += value - mu
        }
        gradient[0] = powers.likelihood * slope - (powers.prior * mu) / 100
        return powers.likelihood * logLikelihood - (powers.prior * mu * mu) / 200
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}`

export const SAMPLING = '{ chains: 2, warmup: 150, draws: 300, seed: 1 }'

export const SETTINGS = `
model: ./model.mjs
data: { path: rows.csv }
sharding: { shards: 2 }
sampling: ${SAMPLING}
validation: { minEss: 100 }
`

/** The files of a first project with settings in YAML. */
export const FIRST_PROJECT = {
  'rows.csv': CSV,
  'model.mjs': `export default ${MODEL}\n`,
  'chorale.config.yaml': SETTINGS,
}
