/** Data of a logistic regression on normal predictors `x0`, `x1`, ... */
import { createStream, prngKey } from '../../packages/random/dist/index.js'

export function logisticTable(rows, columns, seed = 1) {
  const stream = createStream(prngKey(seed))
  const x = Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => stream.normal()))
  const beta = Array.from({ length: columns }, () => 0.3 * stream.normal())
  const y = Float64Array.from({ length: rows }, (_, i) => {
    let eta = 0
    for (let j = 0; j < columns; j++) eta += beta[j] * x[j][i]
    return stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0
  })
  return { rows, columns: [...x.map((values, j) => ({ name: `x${j}`, values })), { name: 'y', values: y }] }
}
