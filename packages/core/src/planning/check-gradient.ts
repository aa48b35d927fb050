import { foldIn, createStream, type Key } from '@chorale/random'

import { ChoraleError, type BoundModel, type Powers } from '../contracts/index.js'
import { coordinateName } from '../model/parameter-names.js'

/** Points tried before giving up on finding one where the density is finite. */
const TRIES = 20
/** Agreement asked of central differences, relative to the gradient's own size. */
const TOLERANCE = 1e-4
/** Components below this may be anything: a density that changes by less over one unit does not move a chain. */
const SMALLEST_SCALE = 1e-3
/** Rounding error of a log density, relative to its size: a plain sum over a million rows. */
const ROUNDING = 1e-13
/**
 * Steps of the differences. The first one is right for most densities; where it disagrees, longer ones see through the rounding of a large density, shorter
 * ones follow a steep one.
 */
const STEPS = [1e-4, 1e-3, 1e-2, 1e-5, 1e-6, 1e-7]

/**
 * Compares the model's gradient with central finite differences (extrapolated to fourth order) at a random point near zero. A wrong or non-finite component is
 * an error that names its parameter. Returns false when no point with a finite density was found: then the sampler's own start check decides.
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

  function difference(i: number, h: number): number {
    const x = position[i]!
    const central = (densityAt(i, x + h) - densityAt(i, x - h)) / (2 * h)
    const coarse = (densityAt(i, x + 2 * h) - densityAt(i, x - 2 * h)) / (4 * h)
    return (4 * central - coarse) / 3
  }

  function checkComponent(i: number, density: number): void {
    const analytic = gradient[i]!
    const name = coordinateName(bound.parameters, i)
    if (!Number.isFinite(analytic)) throw gradientError(name, `is ${analytic} where the log density is finite (${density})`, module)
    let disagreement: number | undefined
    for (const h of STEPS) {
      const numeric = difference(i, h)
      if (!Number.isFinite(numeric)) continue
      const scale = Math.max(SMALLEST_SCALE, Math.abs(analytic), Math.abs(numeric))
      const rounding = (Math.abs(density) * ROUNDING) / h
      // Only the first step may end the check because rounding hides the answer; of the others only an informative one counts.
      if (h !== STEPS[0] && rounding > TOLERANCE * scale) continue
      if (Math.abs(analytic - numeric) <= TOLERANCE * scale + rounding) return
      disagreement ??= numeric
    }
    if (disagreement === undefined) return
    throw gradientError(name, `is ${analytic}, but finite differences of the log density give ${disagreement}`, module)
  }
}

function gradientError(parameter: string, what: string, module: string): ChoraleError {
  return new ChoraleError('CHORALE_MODEL_GRADIENT', `The gradient of the model with respect to "${parameter}" ${what}`, {
    askedBy: `model: ${module}`,
    fix: `correct the component of "${parameter}" in logDensityInto (or validation.gradientCheck: false, if the density has a kink there)`,
  })
}
