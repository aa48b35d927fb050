import { ChoraleError, type BoundModel, type ParameterInfo } from '../contracts/index.js'
import { elementNames, valueCount } from '../model/parameter-names.js'

/** Agreement asked of constrained values after a way there and back, relative to their size where that is above 1. */
const TOLERANCE = 1e-4
/** With more coordinates than this, rounding may hide the way back: a correlation matrix multiplies as many factors. */
const ROUND_TRIP_MOST = 1000

type Refuse = (problem: string, fix: string) => never

/**
 * That what `bind` returned is a bound model: its functions are there, its parameters fill the position, and `constrainInto` and `unconstrainInto` are inverses
 * that write every value.
 * @throws ChoraleError `CHORALE_MODEL_INVALID`
 */
export function checkBound(bound: BoundModel, module: string): void {
  const refuse: Refuse = (problem, fix) => {
    throw new ChoraleError('CHORALE_MODEL_INVALID', `What bind of the model returned ${problem}`, { askedBy: `model: ${module}`, fix })
  }
  if (typeof bound !== 'object' || bound === null)
    refuse('is not an object', 'return { parameters, dimension, logDensityInto, ... } from bind')
  for (const name of ['logDensityInto', 'constrainInto', 'unconstrainInto'] as const)
    if (typeof bound[name] !== 'function') refuse(`has no function ${name}`, `add ${name} to what bind returns`)
  if (!isCount(bound.dimension)) refuse(`has the dimension ${String(bound.dimension)}`, 'return the length of the position as dimension')
  if (!Array.isArray(bound.parameters))
    refuse('has no list of parameters', 'return parameters: [{ name, shape, support, scope, offset, size }]')
  for (const parameter of bound.parameters) checkParameter(parameter, refuse)
  checkLayout(bound, refuse)
  checkScales(bound, refuse)
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0

function checkParameter(parameter: ParameterInfo, refuse: Refuse): void {
  const { name, shape, support, scope, offset, size } = Object(parameter) as Partial<ParameterInfo>
  if (typeof name !== 'string' || name === '') return refuse('has a parameter without a name', 'give each of parameters a name')
  const wrong = (field: string, value: unknown, wanted: string): never =>
    refuse(`has the parameter "${name}" with ${field} ${JSON.stringify(value)}`, `set its ${field} to ${wanted}`)
  if (!Array.isArray(shape) || !shape.every(isCount)) wrong('shape', shape, 'a list of lengths, [] for a scalar')
  if (typeof support !== 'string') wrong('support', support, "a word, such as 'real' or 'positive'")
  if (scope !== 'global' && scope !== 'local') wrong('scope', scope, "'global' or 'local'")
  if (!isCount(offset)) wrong('offset', offset, 'its first unconstrained coordinate, from 0')
  if (!isCount(size)) wrong('size', size, 'the number of its unconstrained coordinates')
}

/** Every coordinate belongs to exactly one parameter. */
function checkLayout({ parameters, dimension }: BoundModel, refuse: Refuse): void {
  const fix = 'correct offset and size of the parameters: together they are the coordinates 0 to dimension - 1, each once'
  let next = 0
  for (const { name, offset, size } of [...parameters].sort((a, b) => a.offset - b.offset || a.size - b.size)) {
    if (offset !== next) refuse(`has the parameter "${name}" at offset ${offset}, where the parameters before it end at ${next}`, fix)
    next += size
  }
  if (next !== dimension) refuse(`has the dimension ${dimension}, and parameters with ${next} coordinates together`, fix)
}

/** At a point near zero, as any: the golden ratio's multiples, modulo 1. */
function checkScales(bound: BoundModel, refuse: Refuse): void {
  const { parameters, dimension } = bound
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const count = parameters.reduce((total, parameter) => total + valueCount(parameter), 0)
  const position = allocate(dimension)
  for (let i = 0; i < dimension; i++) position[i] = ((0.6180339887498949 * (i + 1)) % 1) - 0.5
  const values = allocate(count).fill(NaN)
  bound.constrainInto(values, position)
  const nameOf = (i: number): string => parameters.flatMap(elementNames)[i]!
  const missing = values.findIndex(value => !Number.isFinite(value))
  if (missing !== -1) {
    const found = `gives "${nameOf(missing)}" the value ${values[missing]} (NaN if constrainInto does not write it)`
    refuse(found, 'write the values of all parameters in constrainInto, one after another in their order, each row-major')
  }
  if (dimension > ROUND_TRIP_MOST) return
  const back = allocate(dimension).fill(NaN)
  bound.unconstrainInto(back, values)
  const again = allocate(count).fill(NaN)
  bound.constrainInto(again, back)
  const off = values.findIndex((value, i) => !(Math.abs(again[i]! - value) <= TOLERANCE * Math.max(1, Math.abs(value))))
  if (off === -1) return
  const found = `takes "${nameOf(off)}" from ${values[off]} by unconstrainInto and constrainInto to ${again[off]}`
  refuse(found, 'make unconstrainInto the inverse of constrainInto: it writes the position whose constrained values it is given')
}
