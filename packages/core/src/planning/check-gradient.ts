import { foldIn, createStream, type Key } from '@chorale/random'

import { ChoraleError, type BoundModel, type Powers } from '../contracts/index.js'
import { coordinateName } from './parameter-names.js'

/** Points tried before giving up on finding one where the density is finite. */
const TRIES = 20
/** Agreement asked of central differences, relative to the larger of the gradient's own size and the rounding error of the difference. */
const TOLERANCE = 1e-4

/**
 * Compares the model's gradient with central finite differences at a random point near zero. A wrong or non-finite component is an error that names its
 * parameter. Returns false when no point with a finite density was found: then the sampler's own start check decides.
 */
export function checkGradient(bound: BoundModel, powers: Powers, key: Key, module: string): boolean {
  const d = bound.dimension
  const allocate = (): Float64Array => bound.allocate?.(d) ?? new Float64Array(d)
  const position = allocate()
  const gradient = allocate()
  const scratch = allocate()
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stream = createStream(foldIn(key, attempt))
    for (let i = 0; i < d; i++) position[i] = stream.uniform() - 0.5
    const density = bound.logDensityInto(gradient, position, powers)
    if (!Number.isFinite(density)) continue
    for (let i = 0; i < d; i++) checkComponent(i, density)
    return true
  }
  return false

  function densityAt(i: number, x: number): number {
    const kept = position[i]!
    position[i] = x
    const value = bound.logDensityInto(scratch, position, powers)
    position[i] = kept
    return value
  }

  function checkComponent(i: number, density: number): void {
    const analytic = gradient[i]!
    const name = coordinateName(bound.parameters, i)
    if (!Number.isFinite(analytic)) throw gradientError(name, `is ${analytic} where the log density is finite (${density})`, module)
    const x = position[i]!
    const h = 1e-4 * Math.max(1, Math.abs(x))
    const [up, down] = [densityAt(i, x + h), densityAt(i, x - h)]
    if (!Number.isFinite(up) || !Number.isFinite(down)) return
    const [up2, down2] = [densityAt(i, x + 2 * h), densityAt(i, x - 2 * h)]
    const coarse = (up2 - down2) / (4 * h)
    const central = (up - down) / (2 * h)
    const difference = (4 * central - coarse) / 3
    const rounding = (Math.abs(density) * 1e-14) / h
    const allowed = TOLERANCE * Math.max(1e-3, Math.abs(analytic), Math.abs(difference)) + 10 * rounding
    if (!(Math.abs(analytic - difference) <= allowed)) {
      throw gradientError(name, `is ${analytic}, but finite differences of the log density give ${difference}`, module)
    }
  }
}

function gradientError(parameter: string, what: string, module: string): ChoraleError {
  return new ChoraleError('CHORALE_MODEL_GRADIENT', `The gradient of the model with respect to "${parameter}" ${what}`, {
    askedBy: `model: ${module}`,
    fix: `correct the component of "${parameter}" in logDensityInto (or validation.gradientCheck: false, if the density has a kink there)`,
  })
}
