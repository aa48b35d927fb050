/**
 * The logistic regression of Wang, Guo, Heller & Dunson (2015), section 4.2: 50,000 rows, 49 features with correlation .9^|k - l| and an intercept of -3, other coefficients
 * from N(0, 5^2), 40 shards. The paper names no prior; here it is N(0, 5^2) for all coefficients.
 */
import { createStream, foldIn, permutation, prngKey } from '../../../packages/random/dist/index.js'
import { bernoulliLogit, model, normal } from '../../../packages/model/dist/index.js'

export const dimension = 50
const names = Array.from({ length: dimension }, (_, j) => `x${j}`)
export const priorSd = 5

export const regression = () =>
  model(({ data, sample, plate }) => {
    const x = data.matrix(names)
    const y = data.vector('y')
    const beta = sample('beta', normal(0, priorSd), { shape: [dimension] })
    plate('rows', data.rows, () => sample('y', bernoulliLogit(x.dot(beta)), { observed: y }))
  })

/** `truth`: the coefficients that made the rows. `shards`: the columns of each shard's rows, dealt at random; `all`: those of all rows. */
export function createData({ rows, shards }) {
  const key = prngKey(2015)
  const [coefficients, numbers] = [createStream(foldIn(key, 1)), createStream(foldIn(key, 2))]
  const truth = Float64Array.from({ length: dimension }, (_, j) => (j === 0 ? -3 : priorSd * coefficients.normal()))
  const columns = Object.fromEntries([...names, 'y'].map(name => [name, new Float64Array(rows)]))
  for (let i = 0; i < rows; i++) {
    let [x, predictor] = [0, truth[0]]
    columns.x0[i] = 1
    for (let j = 1; j < dimension; j++) {
      x = j === 1 ? numbers.normal() : 0.9 * x + Math.sqrt(1 - 0.81) * numbers.normal()
      columns[names[j]][i] = x
      predictor += truth[j] * x
    }
    columns.y[i] = numbers.uniform() < 1 / (1 + Math.exp(-predictor)) ? 1 : 0
  }
  const order = permutation(rows, foldIn(key, 3))
  const part = shard => order.subarray(Math.floor((shard * rows) / shards), Math.floor(((shard + 1) * rows) / shards))
  const taken = places =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, Float64Array.from(places, i => column[i])]))
  return { truth, all: columns, shards: Array.from({ length: shards }, (_, shard) => taken(part(shard))) }
}

const shardData = columns => ({ rows: columns.y.length, column: name => columns[name] })

export const bindRows = columns => regression().bind(shardData(columns), null)
