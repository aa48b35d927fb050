import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'

import { createStream, prngKey, type RandomStream } from '@chorale/random'

import {
  decodeRowsFile,
  encodeRows,
  encodeRowsHeader,
  NUTS_EXTRA_FIELDS,
  TaskError,
  type BoundModel,
  type Model,
  type ParameterInfo,
  type Powers,
  type SamplerDefinition,
  type ShardData,
  type Table,
} from '../../src/contracts/index.js'

const PRIOR = { mu: 2, beta: 1, theta: 0.7 } as const

/**
 * y ~ N(theta of its group + beta x, 1), theta ~ N(mu, 0.7), mu ~ N(0, 2), beta ~ N(0, 1): all Gaussian, so every posterior is known. Groups are numbered by
 * the column g; the locals theta lie between the globals.
 */
export const groupedModel: Model = {
  rows: { by: 'g' },
  dataNames: ['y', 'x', 'g'],
  bind: data => bindGroups(data),
}

function bindGroups(data: ShardData): BoundModel {
  const [y, x, g] = ['y', 'x', 'g'].map(name => data.column(name)) as [Float64Array, Float64Array, Float64Array]
  const groups = [...new Set(g)].sort((a, b) => a - b)
  const at = new Map(groups.map((group, i) => [group, 1 + i]))
  const last = groups.length + 1
  const parameters: ParameterInfo[] = [
    { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
    { name: 'theta', shape: [groups.length], support: 'real', scope: 'local', offset: 1, size: groups.length, levels: [groups] },
    { name: 'beta', shape: [], support: 'real', scope: 'global', offset: last, size: 1 },
  ]
  return {
    parameters,
    dimension: last + 1,
    logDensityInto(gradient, position, { prior, likelihood }: Powers) {
      const [mu, beta] = [position[0]!, position[last]!]
      gradient.fill(0)
      gradient[0] = (-prior * mu) / PRIOR.mu ** 2
      gradient[last] = (-prior * beta) / PRIOR.beta ** 2
      let value = -0.5 * prior * (mu ** 2 / PRIOR.mu ** 2 + beta ** 2 / PRIOR.beta ** 2)
      const add = (rest: number, precision: number, slopes: readonly (readonly [number, number])[]): void => {
        value -= 0.5 * likelihood * precision * rest * rest
        for (const [coordinate, slope] of slopes) gradient[coordinate]! -= likelihood * precision * rest * slope
      }
      for (let i = 1; i < last; i++) add(position[i]! - mu, 1 / PRIOR.theta ** 2, [[i, 1], [0, -1]]) // prettier-ignore
      y.forEach((value_, row) => {
        const own = at.get(g[row]!)!
        add(position[own]! + beta * x[row]! - value_, 1, [[own, 1], [last, x[row]!]]) // prettier-ignore
      })
      return value
    },
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),
    deterministics: [
      { name: 'excess', shape: [groups.length], levels: [groups] },
      { name: 'double', shape: [] },
      { name: 'range', shape: [] },
    ],
    deterministicInto(values, position) {
      for (let i = 0; i < groups.length; i++) values[i] = position[1 + i]! - position[0]!
      values[groups.length] = 2 * position[0]!
      values[groups.length + 1] = position[groups.length]! - position[1]!
    },
  }
}

/** Groups of the shards: none is in two, numbers have gaps, and shards have other numbers of groups. */
const GROUPS = [
  [0, 4, 9],
  [1, 2, 3, 11],
  [5, 6],
  [7, 8, 10],
] as const

/** Rows of each shard; few in each group, so that the groups borrow much from each other. */
export function groupedShards(seed = 5): readonly Table[] {
  const stream = createStream(prngKey(seed))
  const effect = Array.from({ length: 12 }, () => 1.5 + stream.normal())
  return GROUPS.map(groups => {
    const rows = groups.flatMap(group => Array.from({ length: 1 + (group % 3) }, () => [group, stream.normal(), stream.normal()] as const))
    const column = (name: string, value: (row: readonly [number, number, number]) => number) => ({
      name,
      values: Float64Array.from(rows, value),
    })
    return {
      rows: rows.length,
      columns: [column('g', ([g]) => g), column('x', ([, x]) => x), column('y', ([g, x, e]) => effect[g]! + 0.5 * x + e)],
    }
  })
}

export const FULL: Powers = { prior: 1, jacobian: 1, likelihood: 1 }

/** Mean and Cholesky factor of the precision of a Gaussian density, from its gradients. */
export function gaussianOf(bound: BoundModel, powers: Powers) {
  const d = bound.dimension
  const gradientAt = (position: Float64Array): Float64Array => {
    const gradient = new Float64Array(d)
    bound.logDensityInto(gradient, position, powers)
    return gradient
  }
  const linear = gradientAt(new Float64Array(d))
  const precision = Matrix.zeros(d, d)
  for (let j = 0; j < d; j++) {
    const column = gradientAt(Float64Array.from({ length: d }, (_, i) => Number(i === j)))
    for (let i = 0; i < d; i++) precision.set(i, j, linear[i]! - column[i]!)
  }
  return { precision: Matrix.add(precision, precision.transpose()).mul(0.5), linear }
}

/** Mean and sd of every value of all rows' posterior, by element name. */
export function exactPosterior(
  shards: readonly Table[],
  model = groupedModel,
): Readonly<Record<string, { readonly mean: number; readonly sd: number }>> {
  const columns = ['g', 'x', 'y'].map(name =>
    Float64Array.from(shards.flatMap(table => [...table.columns.find(c => c.name === name)!.values])),
  )
  const all: ShardData = { rows: columns[0]!.length, column: name => columns[['g', 'x', 'y'].indexOf(name)]! }
  const bound = model.bind(all, null)
  const { precision, linear } = gaussianOf(bound, FULL)
  const covariance = new CholeskyDecomposition(precision).solve(Matrix.eye(bound.dimension))
  const mean = covariance.mmul(Matrix.columnVector(linear)).to1DArray()
  const combination = (weights: Readonly<Record<number, number>>) => {
    const pairs = Object.entries(weights).map(([i, w]) => [Number(i), w] as const)
    const variance = pairs.reduce((sum, [i, v]) => sum + pairs.reduce((s, [j, w]) => s + v * w * covariance.get(i, j), 0), 0)
    return { mean: pairs.reduce((sum, [i, w]) => sum + w * mean[i]!, 0), sd: Math.sqrt(variance) }
  }
  const groups = [...new Set(columns[0])].sort((a, b) => a - b)
  return Object.fromEntries([
    ['mu', combination({ 0: 1 })],
    ...groups.map((g, i) => [`theta[${g + 1}]`, combination({ [1 + i]: 1 })] as const),
    ['beta', combination({ [1 + groups.length]: 1 })],
    ...groups.map((g, i) => [`excess[${g + 1}]`, combination({ 0: -1, [1 + i]: 1 })] as const),
    ['double', combination({ 0: 2 })],
  ])
}

const isGlobal = ({ scope }: ParameterInfo): boolean => scope === 'global'

function coordinates(bound: BoundModel, keep: (parameter: ParameterInfo) => boolean): readonly number[] {
  return bound.parameters.filter(keep).flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i))
}

/** mean + inverse(L') z for precision L L'. */
function draw({ precision, linear }: { readonly precision: Matrix; readonly linear: Float64Array }): (stream: RandomStream) => number[] {
  const factor = new CholeskyDecomposition(precision)
  const mean = factor.solve(Matrix.columnVector(linear)).to1DArray()
  const upper = factor.lowerTriangularMatrix.transpose()
  return stream => {
    const z = mean.map(() => stream.normal())
    for (let i = z.length - 1; i >= 0; i--) {
      for (let j = i + 1; j < z.length; j++) z[i]! -= upper.get(i, j) * z[j]!
      z[i]! /= upper.get(i, i)
    }
    return mean.map((m, i) => m + z[i]!)
  }
}

/** Independent draws of any Gaussian density, joint or given its global coordinates. `fails`: shards whose chains fail. */
export const exactSampler = (run: () => string, fails: (shard: number) => boolean = () => false): SamplerDefinition => ({
  name: 'exact',
  summary: 'Independent draws of a Gaussian',
  extraFields: NUTS_EXTRA_FIELDS,
  async runTask(task, model, data, directory, hooks) {
    if (task.kind === 'evaluate') throw new Error('no samples')
    if (fails(task.shard)) throw new TaskError({ cause: 'model', code: 'CHORALE_MODEL_THREW', message: 'no such group', retryable: false })
    const bound = model.bind(data, task.summary)
    const gaussian = gaussianOf(bound, task.powers)
    const stream = createStream(task.key)
    const names = (letter: string, at: readonly number[]): string[] => at.map(i => `${letter}${i}`)
    const written: { path: string; bytes: Buffer }[] = []
    const write = (path: string, columns: readonly string[], rows: readonly (readonly number[])[]): void =>
      void written.push({ path, bytes: Buffer.concat([encodeRowsHeader(columns), encodeRows(Float64Array.from(rows.flat()))]) })
    if (task.kind === 'sample') {
      const next = draw(gaussian)
      const all = Array.from({ length: bound.dimension }, (_, i) => i)
      const gradient = new Float64Array(bound.dimension)
      const stats: number[][] = []
      const rows = Array.from({ length: task.settings.draws }, () => {
        const at = next(stream)
        const density = bound.logDensityInto(gradient, Float64Array.from(at), task.powers)
        stats.push([stream.normal() - density, 0, 0.9, 7, -density])
        return [...at, ...gradient]
      })
      write('draws.bin', [...names('x', all), ...names('g', all)], rows)
      write('stats.bin', NUTS_EXTRA_FIELDS, stats)
    } else {
      const [global, local] = [coordinates(bound, isGlobal), coordinates(bound, parameter => !isGlobal(parameter))]
      const { values, rows: count } = decodeRowsFile(await readFile(join(run(), task.globals.path)))
      const precision = gaussian.precision.selection([...local], [...local])
      const rows = Array.from({ length: count }, (_, row) => {
        const phi = values.subarray(row * global.length, (row + 1) * global.length)
        const linear = Float64Array.from(local, i =>
          global.reduce((b, j, k) => b - gaussian.precision.get(i, j) * phi[k]!, gaussian.linear[i]!),
        )
        return draw({ precision, linear })(stream)
      })
      write('draws.bin', names('x', local), rows)
    }
    const files = await Promise.all(
      written.map(async ({ path, bytes }) => {
        await writeFile(join(directory, path), bytes)
        return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
      }),
    )
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 1, node: 'here' }
  },
})
