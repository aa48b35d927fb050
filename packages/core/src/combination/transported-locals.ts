import type { DrawMatrix, ParameterInfo } from '../contracts/index.js'
import { globalCoordinates, localCoordinates } from '../planning/local-parameters.js'
import type { ChainDraws } from '../run-directory/index.js'
import { fitGaussian, solveInto } from './gaussian-fit.js'
import { concatenate } from './sub-posteriors.js'

/**
 * Moves a shard's own draws of its local parameters lambda to combined global draws phi': lambda + B (phi' - phi), B = Cov(lambda, phi) inverse(Cov(phi)), one draw
 * of the shard for each of the combined ones, evenly spaced. Exact where the shard's density is Gaussian; elsewhere an approximation.
 *
 * `globals`: N rows; returns N rows of the local coordinates, ascending.
 */
export function transportedLocals(chains: readonly ChainDraws[], parameters: readonly ParameterInfo[], globals: DrawMatrix): DrawMatrix {
  const { draws, dimension, positions } = concatenate(chains)
  const global = globalCoordinates(parameters)
  const local = localCoordinates(parameters)
  const own = new Float64Array(draws * global.length)
  for (let row = 0; row < draws; row++)
    global.forEach((coordinate, i) => (own[row * global.length + i] = positions[row * dimension + coordinate]!))
  const fit = fitGaussian({ draws, dimension: global.length, values: own }, 'draws of the global parameters')

  const slopes = local.map(coordinate => {
    const covariance = new Float64Array(global.length)
    for (let row = 0; row < draws; row++) {
      const x = positions[row * dimension + coordinate]!
      for (let i = 0; i < global.length; i++) covariance[i]! += (x * (own[row * global.length + i]! - fit.mean[i]!)) / (draws - 1)
    }
    return solveInto(covariance, fit)
  })
  const values = new Float64Array(globals.draws * local.length)
  for (let row = 0; row < globals.draws; row++) {
    const from = Math.floor((row * draws) / globals.draws)
    local.forEach((coordinate, j) => {
      let value = positions[from * dimension + coordinate]!
      for (let i = 0; i < global.length; i++) {
        value += slopes[j]![i]! * (globals.values[row * global.length + i]! - own[from * global.length + i]!)
      }
      values[row * local.length + j] = value
    })
  }
  return { draws: globals.draws, dimension: local.length, values }
}
