import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStream, foldIn, prngKey } from '@chorale/random'

import {
  encodeRows,
  encodeRowsHeader,
  keptDraws,
  NUTS_EXTRA_FIELDS,
  type Model,
  type ParameterInfo,
  type SampleTask,
  type SamplerDefinition,
} from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { gaussianRun, rowsOf } from '../pipeline/gaussian-run.js'

/** A chain as a test wants it: its positions, and what it wants to be recorded otherwise than of a healthy chain. */
export interface GivenChain {
  /** Row-major, unconstrained. */
  readonly positions: Float64Array
  readonly statistics?: Partial<Record<(typeof NUTS_EXTRA_FIELDS)[number], (draw: number) => number>>
}

type Site = Pick<ParameterInfo, 'name' | 'shape'> & { readonly support?: string }

/** Sites one after another in the unconstrained vector, with a standard normal density: what the chains are is decided by a test. */
export function givenModel(sites: readonly Site[]): Model {
  let dimension = 0
  const parameters = sites.map(({ name, shape, support = 'real' }): ParameterInfo => {
    const size = shape.reduce((total, n) => total * n, 1)
    dimension += size
    return { name, shape, support, scope: 'global', offset: dimension - size, size }
  })
  return {
    rows: 'independent',
    dataNames: [],
    bind: () => ({
      parameters,
      dimension,
      logDensityInto(gradient, position) {
        gradient.set(position.map(x => -x))
        return -0.5 * position.reduce((total, x) => total + x * x, 0)
      },
      constrainInto: (values, position) => values.set(position.map((x, i) => (isPositive(parameters, i) ? Math.exp(x) : x))),
      unconstrainInto: (position, values) => position.set(values.map((x, i) => (isPositive(parameters, i) ? Math.log(x) : x))),
    }),
  }
}

const isPositive = (parameters: readonly ParameterInfo[], coordinate: number): boolean =>
  parameters.some(({ support, offset, size }) => support === 'positive' && coordinate >= offset && coordinate < offset + size)

/** Writes the chains that it is given. Energies are those of independent momenta. */
const givenSampler = (chainOf: (task: SampleTask) => GivenChain): SamplerDefinition => ({
  name: 'given',
  summary: 'Chains that a test decides',
  extraFields: NUTS_EXTRA_FIELDS,
  async runTask(task, _model, _data, directory, hooks) {
    if (task.kind !== 'sample') throw new Error('only samples')
    const { positions, statistics = {} } = chainOf(task)
    const draws = keptDraws(task.settings)
    const d = positions.length / draws
    const stream = createStream(foldIn(task.key, 1))
    const stats = new Float64Array(draws * NUTS_EXTRA_FIELDS.length)
    for (let i = 0; i < draws; i++) {
      let potential = 0
      let kinetic = 0
      for (let j = 0; j < d; j++) {
        const [x, momentum] = [positions[i * d + j]!, stream.normal()]
        potential += 0.5 * x * x
        kinetic += 0.5 * momentum * momentum
      }
      const healthy = { energy: potential + kinetic, diverging: 0, accept_prob: 0.9, num_steps: 7, potential_energy: potential }
      stats.set(
        NUTS_EXTRA_FIELDS.map(name => statistics[name]?.(i) ?? healthy[name]),
        i * NUTS_EXTRA_FIELDS.length,
      )
    }
    const write = async (path: string, columns: readonly string[], rows: Float64Array) => {
      const bytes = Buffer.concat([encodeRowsHeader(columns), encodeRows(rows)])
      await writeFile(join(directory, path), bytes)
      return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
    }
    const files = [
      await write(
        'draws.bin',
        Array.from({ length: d }, (_, j) => `x${j}`),
        positions,
      ),
      await write('stats.bin', NUTS_EXTRA_FIELDS, stats),
    ]
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 1, node: 'here' }
  },
})

export interface GivenRun {
  readonly sites: readonly Site[]
  readonly draws: number
  readonly chains?: number
  /** `normal`: independent draws, of this chain alone. */
  readonly chainOf: (chain: number, normal: () => number, shard: number) => GivenChain
  readonly settings?: Record<string, unknown>
}

/** A run of one shard that has these chains, from its files to its summary. */
export async function finishGiven({ sites, draws, chains = 4, chainOf, settings = {} }: GivenRun) {
  const [shard] = rowsOf([20])
  const made = await gaussianRun({
    shards: [shard!],
    chains,
    draws,
    settings,
    extend: () => givenModel(sites),
    sampler: givenSampler(({ chain, shard }) => {
      const stream = createStream(foldIn(foldIn(prngKey(2), shard), chain))
      return chainOf(chain, () => stream.normal(), shard)
    }),
  })
  const result = await finishRun(made.run, await sampleShards(made.run, drive), { request: undefined })
  const { gates } = result.summary
  const failed = gates.filter(({ passed }) => !passed)
  return { ...made, ...result, failed: failed.map(({ gate }) => gate), gate: (code: string) => gates.find(({ gate }) => gate === code)! }
}
