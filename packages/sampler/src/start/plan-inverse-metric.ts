import type { Json, JsonObject } from '@chorale/core/contracts'
import { choleskyFactor } from '../metric/cholesky.js'
import { readJsonFile, valueError, type Origin } from './json-file.js'
import { flatten } from './nested-numbers.js'

const OPTION = 'inverseMetric'
const FORMS = 'give the variances [...], the covariance [[...], ...], or the path of a JSON file { "inv_metric": ... } or of a chain.json'

/**
 * The option `inverseMetric` as tasks see it: d variances, or a d x d covariance row by row, without nesting. Reads CmdStan's metric files and our own
 * `chain.json`.
 * @throws ChoraleError CHORALE_SAMPLER_OPTION, CHORALE_SAMPLER_FILE
 */
export async function planInverseMetric(setting: Json, folder: string): Promise<number[]> {
  if (typeof setting !== 'string') return checked(setting, { option: OPTION })
  const { value, origin } = await readJsonFile(setting, folder, OPTION)
  return checked(content(value, origin), origin)
}

/** The numbers that a file holds. */
function content(file: Json, origin: Origin): Json {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) return file
  const { inv_metric: stan, metric } = file as JsonObject
  if (stan !== undefined) return stan
  const { kind, inverse } = (typeof metric === 'object' ? metric : {}) as { readonly kind?: Json; readonly inverse?: Json }
  if (inverse === undefined) throw valueError(origin, 'The file has neither inv_metric nor metric.inverse', FORMS)
  if (kind !== 'dense' || !Array.isArray(inverse)) return inverse
  const d = Math.round(Math.sqrt(inverse.length))
  return Array.from({ length: d }, (_, i) => inverse.slice(i * d, (i + 1) * d))
}

function checked(value: Json, origin: Origin): number[] {
  const flat = flatten(value)
  if (!flat || flat.shape.length === 0 || flat.shape.length > 2 || flat.numbers.length === 0) {
    throw valueError(origin, `${OPTION} is neither a list of finite numbers nor a matrix of them`, FORMS)
  }
  const numbers = [...flat.numbers]
  const [d, columns] = flat.shape
  if (columns === undefined) {
    const bad = numbers.findIndex(v => !(v > 0))
    if (bad < 0) return numbers
    throw valueError(origin, `${OPTION}: variance ${bad + 1} is ${numbers[bad]}`, 'give positive variances')
  }
  if (columns !== d) throw valueError(origin, `${OPTION} is a matrix of ${d} x ${columns}: a covariance is square`, FORMS)
  const isSymmetric = numbers.every((v, at) => {
    const mirrored = numbers[(at % d) * d + Math.floor(at / d)]
    return Math.abs(v - mirrored) <= 1e-8 * Math.max(Math.abs(v), Math.abs(mirrored))
  })
  if (isSymmetric && choleskyFactor(Float64Array.from(numbers), d)) return numbers
  throw valueError(origin, `${OPTION} is ${isSymmetric ? 'not positive definite' : 'not symmetric'}`, 'give a covariance matrix')
}
