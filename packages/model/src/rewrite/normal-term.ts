import { log } from '../expression/elementary.js'
import { dot } from '../expression/linear-algebra.js'
import { Value, value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import type { ConstantNode } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import { HALF_LOG_2_PI } from '../special/gamma.js'
import { coefficients, denseDesign, responseOf } from './dense-design.js'
import { columnCount, linearForm, obstacle, type LinearForm, type RowFactor } from './linear-form.js'
import { normalStatistics } from './qr.js'
import type { Attempt, Observation } from './attempt.js'

/** Rows per column from which on a triangle of D x D costs less than a pass over the rows. */
const ROWS_PER_COLUMN = 2

/**
 * A normal likelihood whose mean is linear in parameters and whose standard deviation is one number, or known in each row, by sufficient statistics:
 *
 *   -n log sd - n log(2 pi)/2 - (|Q'y - R beta|^2 + residual) / (2 sd^2),   X = Q R
 *
 * Rows with weights w count w times: X and y times sqrt(w), n = sum w. Known standard deviations divide rows likewise. The data are read once, when the
 * model is bound. undefined where the likelihood is another.
 */
export function normalStatisticsTerm({ distribution, observed, weight }: Observation, rows: Plate): Attempt | undefined {
  const { mean, sd } = distribution.arguments
  if (distribution.name !== 'normal' || mean === undefined || sd === undefined) return undefined
  if (observed.event.length > 0) return { declined: 'normal: the site has several numbers for each row' }
  if (weight !== undefined && !isKnown(weight)) return { declined: 'normal: the weight depends on parameters' }
  if (!isKnown(sd) && sd.node.shape.plates.length > 0)
    return { declined: 'normal: the sd depends on parameters and differs from row to row' }
  const form = linearForm(mean.node, rows)
  if (form === undefined) return { declined: `normal: not by sufficient statistics, because of the mean: ${obstacle(mean.node)}` }
  const columns = columnCount(form)
  if (rows.size < ROWS_PER_COLUMN * (columns + 1))
    return { declined: `normal: ${rows.size} rows are too few for sufficient statistics of ${columns} columns to pay` }
  return {
    node: fromStatistics(form, (observed.node as ConstantNode).values, sd, weight, rows).node,
    kernel: 'sufficient statistics (QR)',
    reason: `normal with a mean linear in ${columns} parameters and ${isKnown(sd) ? 'a known sd' : 'one sd'}: ${rows.size} rows became a ${columns} x ${columns} triangle`,
  }
}

const isKnown = ({ node }: Value): boolean => node.op === 'constant' && node.shape.event.length === 0

function fromStatistics(form: LinearForm, response: Float64Array, sd: Value, weight: Value | undefined, rows: Plate): Value {
  const counts = weight === undefined ? 1 : numbersOf(weight)
  const known = isKnown(sd) ? numbersOf(sd) : undefined
  const factor = perRow(counts, known ?? 1, (w, s) => Math.sqrt(w) / s)
  const { r, qty, residual } = normalStatistics(denseDesign(form, rows.size, factor), responseOf(form, response, factor))
  const columns = qty.length
  const count = sumOverRows(counts, rows)
  if (columns === 0) return scaledSquares(value(residual), sd, known, counts, count, rows)
  const triangle = new Value(constant(r, { plates: [], event: [columns, columns] }))
  const rotated = new Value(constant(qty, { plates: [], event: [columns] }))
  return scaledSquares(dot(triangle, coefficients(form)).sub(rotated).square().sum().add(residual), sd, known, counts, count, rows)
}

/** The log likelihood from the sum of squares, which is over the variance already where the sd is known. */
function scaledSquares(squares: Value, sd: Value, known: RowFactor | undefined, counts: RowFactor, count: number, rows: Plate): Value {
  const half = squares.mul(-0.5)
  if (known === undefined)
    return half
      .div(sd.square())
      .sub(log(sd).mul(count))
      .sub(count * HALF_LOG_2_PI)
  return half.sub(
    sumOverRows(
      perRow(counts, known, (w, s) => w * Math.log(s)),
      rows,
    ) +
      count * HALF_LOG_2_PI,
  )
}

const numbersOf = ({ node }: Value): RowFactor => {
  const { values, shape } = node as ConstantNode
  return shape.plates.length === 0 ? values[0] : values
}

function perRow(a: RowFactor, b: RowFactor, f: (a: number, b: number) => number): RowFactor {
  if (typeof a !== 'number') return a.map((x, i) => f(x, typeof b === 'number' ? b : b[i]))
  return typeof b === 'number' ? f(a, b) : b.map(x => f(a, x))
}

const sumOverRows = (numbers: RowFactor, rows: Plate): number =>
  typeof numbers === 'number' ? numbers * rows.size : numbers.reduce((sum, x) => sum + x, 0)
