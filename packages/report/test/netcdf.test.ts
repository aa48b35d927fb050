import { join } from 'node:path'

import { Dataset, File, ready } from 'h5wasm/node'
import { describe, expect, onTestFinished, test } from 'vitest'

import { exportRun, type ReadableRun } from '../src/index.js'
import { createNetcdf } from '../src/netcdf/netcdf-file.js'
import { temporaryFolder } from './folders.js'
import { memoryPredictions, memoryRun, site, statisticsAt, valueAt } from './memory-run.js'

async function exported(run: ReadableRun, shard?: number): Promise<File> {
  const out = join(await temporaryFolder(), 'out.nc')
  await exportRun(run, { format: 'netcdf', out, ...(shard === undefined ? {} : { shard }) })
  await ready
  const file = new File(out, 'r')
  onTestFinished(() => void file.close())
  return file
}

function dataset(file: File, path: string): Dataset {
  const found = file.get(path)
  if (!(found instanceof Dataset)) throw new Error(`${path} is no dataset`)
  return found
}

const numbers = (file: File, path: string): number[] => Array.from(dataset(file, path).value as ArrayLike<number | bigint>, Number)
const dimensions = ({ shape, get_attached_scales }: Dataset, of: Dataset): readonly (readonly string[])[] =>
  shape!.map((_, axis) => get_attached_scales.call(of, axis))

describe('groups of ArviZ', () => {
  const run = memoryRun({ sites: [site('mu'), site('L', [2, 3])], warmup: 5 })

  test('posterior: [chain, draw, ...] with a named dimension each, every value as it is', async () => {
    const file = await exported(run)
    const L = dataset(file, 'posterior/L')
    expect([L.shape, L.dtype]).toEqual([[2, 20, 2, 3], '<d'])
    expect(dimensions(L, L)).toEqual([['/posterior/chain'], ['/posterior/draw'], ['/posterior/L_dim_0'], ['/posterior/L_dim_1']])
    expect(numbers(file, 'posterior/L')).toEqual(
      [0, 1].flatMap(chain => Array.from({ length: 20 * 6 }, (_, at) => valueAt(chain, Math.floor(at / 6), 1 + (at % 6)))),
    )
    expect([numbers(file, 'posterior/chain'), numbers(file, 'posterior/draw').length]).toEqual([[0, 1], 20])
  })

  test('sample_stats: the names of the schema, whole numbers and booleans as such', async () => {
    const file = await exported(run)
    const names = (file.get('sample_stats') as File).keys().filter(name => name !== 'chain' && name !== 'draw')
    expect(names.sort()).toEqual(
      ['acceptance_rate', 'diverging', 'energy', 'lp', 'n_steps', 'reached_max_treedepth', 'step_size', 'tree_depth'].sort(),
    )
    const column = (k: number): number[] => [0, 1].flatMap(chain => Array.from({ length: 20 }, (_, draw) => statisticsAt(chain, draw)[k]!))
    expect(numbers(file, 'sample_stats/lp')).toEqual(column(4).map(x => -x))
    expect(numbers(file, 'sample_stats/n_steps')).toEqual(column(3))
    expect(numbers(file, 'sample_stats/diverging')).toEqual(column(1))
    // The largest depth of this run is 3.
    expect(numbers(file, 'sample_stats/reached_max_treedepth')).toEqual(column(6).map(depth => Number(depth === 3)))
    expect(dataset(file, 'sample_stats/diverging').attrs['dtype']!.value).toBe('bool')
    expect(dataset(file, 'sample_stats/tree_depth').dtype).toBe('<q')
  })

  test('warm-up in groups of its own', async () => {
    const file = await exported(run)
    expect(numbers(file, 'warmup_posterior/mu')).toEqual([0, 1].flatMap(chain => [0, 1, 2, 3, 4].map(i => valueAt(chain, 10_000 + i, 0))))
    expect(dataset(file, 'warmup_sample_stats/lp').shape).toEqual([2, 5])
  })

  test('attributes say what made it, and when the run was', async () => {
    const { attrs } = await exported(run)
    expect(attrs['inference_library']!.value).toBe('chorale')
    expect([attrs['seed']!.value, attrs['seed']!.dtype]).toEqual([42n, '<q'])
    expect(attrs['created_at']!.value).toBe('2026-01-01T00:00:00.000Z')
  })
})

test('shards are kept apart from the posterior and from each other', async () => {
  const run = memoryRun({ sites: [site('mu')], shards: [0, 1] })
  const file = await exported(run)
  expect(file.keys().sort()).toEqual(['posterior', 'shard_0000', 'shard_0001'])
  expect(dataset(file, 'posterior/mu').shape).toEqual([1, 20])
  expect(dataset(file, 'shard_0001/posterior/mu').shape).toEqual([2, 20])
  expect(dataset(file, 'shard_0001/posterior/mu').get_attached_scales(0)).toEqual(['/shard_0001/posterior/chain'])
  expect(dataset(file, 'shard_0000/sample_stats/energy').shape).toEqual([2, 20])
  expect((await exported(run, 1)).keys().sort()).toEqual(['posterior', 'sample_stats'])
})

test('the rows of all shards: columns of observed sites apart from the others', async () => {
  const column = (name: string, values: number[], observed: boolean, labels?: readonly string[]) => ({
    name,
    values: Float64Array.from(values),
    observed,
    ...(labels ? { labels } : {}),
  })
  const data = [
    { shard: 0, rows: 2, columns: [column('y', [1.5, 2], true), column('g', [0, 1], false, ['a b', 'ü'])] },
    { shard: 1, rows: 1, columns: [column('y', [-1], true), column('g', [1], false, ['a b', 'ü'])] },
  ]
  const run = memoryRun({ sites: [site('mu')], shards: [0, 1], data })
  const file = await exported(run)
  expect(numbers(file, 'observed_data/y')).toEqual([1.5, 2, -1])
  expect(numbers(file, 'constant_data/g')).toEqual([0, 1, 1])
  expect(JSON.parse(String(dataset(file, 'constant_data/g').attrs['labels']!.value))).toEqual(['a b', 'ü'])
  expect(numbers(file, 'constant_data/shard')).toEqual([0, 0, 1])
  expect(numbers(await exported(run, 1), 'observed_data/y')).toEqual([-1])
})

test('groups of a shard are labelled with their numbers in the whole data set', async () => {
  const file = await exported(memoryRun({ sites: [{ ...site('b', [2]), levels: [[4, 7]] }] }))
  expect(numbers(file, 'posterior/b_dim_0')).toEqual([4, 7])
})

test('with parameters of shards the posterior is the draws that have these, by their numbers; all others are beside it', async () => {
  const theta = { ...site('theta', [2]), levels: [[0, 3]] }
  const run = memoryRun({ sites: [site('mu')], shards: [0, 1], statistics: false, joint: { sites: [theta], draws: [0, 7, 14] } })
  const file = await exported(run)
  expect(numbers(file, 'posterior/draw')).toEqual([0, 7, 14])
  expect(numbers(file, 'posterior/theta_dim_0')).toEqual([0, 3])
  expect(numbers(file, 'posterior/theta')).toEqual([0, 7, 14].flatMap(draw => [valueAt(0, draw, 1), valueAt(0, draw, 2)]))
  expect(dataset(file, 'combined_posterior/mu').shape).toEqual([1, 20])
})

describe('what was computed for every row', () => {
  const number = (shard: number, draw: number, i: number): number => 100 * shard + draw + i / 10
  const run = memoryRun({
    sites: [site('mu')],
    shards: [0, 1],
    statistics: false,
    predictions: {
      logLikelihood: memoryPredictions({ name: 'y', byRow: true }, [2, 3], [0, 4], number),
      predictive: memoryPredictions({ name: 'total', byRow: false }, [2, 3], [5], number),
    },
  })

  test('log_likelihood: [chain, draw, row], rows of all shards in their order', async () => {
    const file = await exported(run)
    const y = dataset(file, 'log_likelihood/y')
    expect([y.shape, dimensions(y, y).flat()]).toEqual([[1, 2, 5], ['/log_likelihood/chain', '/log_likelihood/draw', '/log_likelihood/row']]) // prettier-ignore
    expect([numbers(file, 'log_likelihood/draw'), numbers(file, 'log_likelihood/row')]).toEqual([[0, 4], [0, 1, 2, 3, 4]]) // prettier-ignore
    expect(numbers(file, 'log_likelihood/y')).toEqual([0, 0.1, 100, 100.1, 100.2, 4, 4.1, 104, 104.1, 104.2])
  })

  test('posterior_predictive: a site that has no value for each row has a dimension of its own', async () => {
    const file = await exported(run)
    expect(numbers(file, 'posterior_predictive/total')).toEqual([5, 105])
    expect(numbers(file, 'posterior_predictive/total_dim_0')).toEqual([0, 1])
  })

  test('a name that the format has no place for is missing, and nothing else', async () => {
    const out = join(await temporaryFolder(), 'out.nc')
    const bad = memoryRun({
      sites: [site('mu')],
      predictions: { predictive: memoryPredictions({ name: 'a/b', byRow: true }, [2], [0], number) },
    })
    expect((await exportRun(bad, { format: 'netcdf', out })).missing).toEqual([
      { what: 'posterior_predictive of "a/b"', why: 'netCDF cannot hold the name' },
    ])
  })
})

test('prior: one chain of draws, of those sites that have any', async () => {
  const sites = [site('mu'), site('L', [2])]
  const run = memoryRun({ sites, shards: [0, 1], prior: { sites: [site('L', [2])], values: Float64Array.of(1, 2, 3, 4, 5, 6) } })
  const file = await exported(run)
  const L = dataset(file, 'prior/L')
  expect([L.shape, numbers(file, 'prior/L')]).toEqual([[1, 3, 2], [1, 2, 3, 4, 5, 6]]) // prettier-ignore
  expect(dimensions(L, L).flat()).toEqual(['/prior/chain', '/prior/draw', '/prior/L_dim_0'])
  expect((file.get('prior') as File).keys()).not.toContain('mu')
  expect((await exported(run, 1)).keys()).not.toContain('prior')
})

test('a site that is too large to be written at once beside one that is not: the same numbers', async () => {
  const [chains, draws, size] = [2, 3, 200_000]
  const at = (chain: number, draw: number, j: number): number => chain + 10 * draw + j / 1024
  const run = memoryRun({ sites: [site('small', [2]), site('large', [size]), site('last')], chains, draws, value: at })
  const file = await exported(run)
  const large = numbers(file, 'posterior/large')
  for (const [chain, draw, i] of [
    [0, 0, 0],
    [0, 2, 7],
    [1, 1, size - 1],
  ] as const) {
    // prettier-ignore
    expect(large[(chain * draws + draw) * size + i]).toBe(at(chain, draw, 2 + i))
  }
  expect(numbers(file, 'posterior/small')).toEqual(
    [0, 1].flatMap(chain => [0, 1, 2].flatMap(draw => [at(chain, draw, 0), at(chain, draw, 1)])),
  )
  expect(numbers(file, 'posterior/last').at(-1)).toBe(at(1, 2, 2 + size))
})

test('draws on the unconstrained scale have a group that says so', async () => {
  const file = await exported(memoryRun({ sites: [site('mu')], scale: 'unconstrained' }))
  expect(file.keys().sort()).toEqual(['sample_stats', 'unconstrained_posterior'])
})

test('keeps names with brackets, quotes, spaces, markup, newlines and letters of any script', async () => {
  const names = ['beta[x]', '<b>"q"</b>'.replace('/', ''), "it's; a, b", 'two\nlines', 'Größe σ²', '群', ' lead']
  const file = await exported(memoryRun({ sites: names.map(name => site(name)) }))
  expect((file.get('posterior') as File).keys().sort()).toEqual([...names, 'chain', 'draw'].sort())
  names.forEach((name, j) => expect(numbers(file, `posterior/${name}`)[21]).toBe(valueAt(1, 1, j)))
})

test.each([['a/b'], ['chain'], ['draw'], ['.'], ['\ud800'], ['b_dim_0']])(
  'refuses the name %j, which a netCDF file cannot hold',
  async name => {
    await expect(exported(memoryRun({ sites: [site(name), site('b', [2])] }))).rejects.toMatchObject({
      code: 'CHORALE_EXPORT_NAME',
      message: expect.stringContaining(JSON.stringify(name)),
    })
  },
)

test('numbers keep their bits', async () => {
  const values = [0, -0, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity]
  const run = memoryRun({ sites: [site('x')], chains: 1, draws: values.length, statistics: false, value: (_, draw) => values[draw]! })
  const read = numbers(await exported(run), 'posterior/x')
  read.forEach((x, i) => expect(Object.is(x, values[i])).toBe(true))
})

test('thousands of variables on one dimension: more references than a plain attribute of HDF5 holds', async () => {
  const out = join(await temporaryFolder(), 'many.nc')
  const file = await createNetcdf(out)
  const group = file.group('posterior', {})
  const dimensions = [{ name: 'chain', coordinate: [0, 1] }]
  for (let j = 0; j < 4200; j++) group.variable({ name: `theta${j}`, type: 'boolean', dimensions })
  group.variable({ name: 'last', type: 'number', dimensions }).write([[0, 2]], Float64Array.of(1.5, 2.5))
  file.close()
  const read = new File(out, 'r')
  onTestFinished(() => void read.close())
  expect(numbers(read, 'posterior/last')).toEqual([1.5, 2.5])
  expect(dataset(read, 'posterior/last').get_attached_scales(0)).toEqual(['/posterior/chain'])
  expect(dataset(read, 'posterior/theta17').get_attached_scales(0)).toEqual(['/posterior/chain'])
  expect(dataset(read, 'posterior/chain').attrs['REFERENCE_LIST']!.shape).toEqual([4201])
}, 120_000)
