import { createStream, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { choleskyWithRidge } from '../linear-algebra/cholesky.js'
import { rowsOf } from '../draws/draw-rows.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { whitenBy } from '../draws/whiten.js'
import { twoModes } from './two-modes.js'

/** Directions are looked for from so many random starts, besides the coordinate axes. */
const RANDOM_STARTS = 4
const AXES = 10
const LARGEST = 8
const SAME_DIRECTION = 0.99

/**
 * Cuts draws into separated modes: rows by mode, one entry a mode, the largest first; a single entry when no cut is warranted.
 *
 * Draws are whitened; directions of extreme kurtosis are found by fixed-point iteration from the coordinate axes and a few random starts (low kurtosis: two modes of
 * like mass; high: a small one far off); a direction cuts where `twoModes` finds a trough. Each part is cut again, up to 8. Affine equivariant but for the axes.
 * Source of the iteration: Hyvärinen & Oja (1997), A fast fixed-point algorithm for independent component analysis, Neural Computation 9.
 */
export function separateModes(draws: DrawMatrix, key: Key): Uint32Array[] {
  const parts: Uint32Array[] = []
  const open: Uint32Array[] = [Uint32Array.from({ length: draws.draws }, (_, row) => row)]
  const least = Math.max(10, 2 * (draws.dimension + 1), Math.ceil(0.01 * draws.draws))
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const cut = parts.length + open.length + 1 < LARGEST && part.length >= 2 * least ? cutInTwo(draws, part, least, key) : undefined
    if (cut === undefined) parts.push(part)
    else open.push(...cut)
  }
  return parts.sort((a, b) => b.length - a.length || a[0] - b[0])
}

function cutInTwo(draws: DrawMatrix, rows: Uint32Array, least: number, key: Key): [Uint32Array, Uint32Array] | undefined {
  const { dimension } = draws
  const own = rowsOf(draws, rows)
  const moments = sampleMoments(own)
  if (choleskyWithRidge(moments.covariance, dimension) === undefined) return undefined
  const z = whitenBy(moments).whiten(own.values)
  let best: { readonly below: Uint8Array; readonly gain: number } | undefined
  for (const direction of directions(z, dimension, key)) {
    const found = twoModes(projected(z, direction), { least, dimension })
    if (found !== undefined && (best === undefined || found.gain > best.gain)) best = found
  }
  if (best === undefined) return undefined
  const { below } = best
  return [rows.filter((_, i) => below[i] === 1), rows.filter((_, i) => below[i] === 0)]
}

function projected(z: Float64Array, direction: Float64Array): Float64Array {
  const dimension = direction.length
  return Float64Array.from({ length: z.length / dimension }, (_, row) => {
    let value = 0
    for (let j = 0; j < dimension; j++) value += z[row * dimension + j] * direction[j]
    return value
  })
}

function directions(z: Float64Array, dimension: number, key: Key): Float64Array[] {
  const axes = Array.from({ length: Math.min(dimension, AXES) }, (_, axis) =>
    Float64Array.from({ length: dimension }, (_, j) => (j === axis ? 1 : 0)),
  )
  if (dimension === 1) return axes
  const stream = createStream(key)
  const random = Array.from({ length: RANDOM_STARTS }, () => unit(Float64Array.from({ length: dimension }, () => stream.normal())))
  const found: Float64Array[] = axes.slice()
  for (const start of [...axes, ...random]) {
    const direction = extremeKurtosis(z, start)
    if (found.every(known => Math.abs(known.reduce((sum, value, j) => sum + value * direction[j], 0)) < SAME_DIRECTION))
      found.push(direction)
  }
  return found
}

/** w <- E[z (w'z)^3] - 3 w, normalised: a direction in which the kurtosis of whitened draws is extreme. */
function extremeKurtosis(z: Float64Array, start: Float64Array): Float64Array {
  const dimension = start.length
  const draws = z.length / dimension
  let w = start
  for (let iteration = 0; iteration < 12; iteration++) {
    const next = w.map(value => -3 * value)
    for (let row = 0; row < draws; row++) {
      let t = 0
      for (let j = 0; j < dimension; j++) t += w[j] * z[row * dimension + j]
      const cube = (t * t * t) / draws
      for (let j = 0; j < dimension; j++) next[j] += cube * z[row * dimension + j]
    }
    const turned = unit(next)
    const agreement = Math.abs(turned.reduce((sum, value, j) => sum + value * w[j], 0))
    w = turned
    if (agreement > 0.999) break
  }
  return w
}

function unit(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? values.map(value => value / length) : values
}
