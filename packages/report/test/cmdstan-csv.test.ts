import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { exportRun, type ReadableRun } from '../src/index.js'
import { temporaryFolder } from './folders.js'
import { memoryRun, site, statisticsAt, valueAt } from './memory-run.js'

async function exported(
  run: ReadableRun,
): Promise<{ readonly comments: string; readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }> {
  const out = join(await temporaryFolder(), 'out')
  await exportRun(run, { format: 'cmdstan', out })
  const lines = (await readFile(join(out, `${run.id}_2.csv`), 'utf8')).split('\n')
  const cells = lines.filter(line => line !== '' && !line.startsWith('#')).map(line => line.split(','))
  return { comments: lines.filter(line => line.startsWith('#')).join('\n'), header: cells[0]!, rows: cells.slice(1) }
}

test('columns are those of CmdStan, matrices with their first index fastest', async () => {
  const { header, rows } = await exported(memoryRun({ sites: [site('mu'), site('L', [2, 3])] }))
  const statistics = ['lp__', 'accept_stat__', 'stepsize__', 'treedepth__', 'n_leapfrog__', 'divergent__', 'energy__']
  expect(header).toEqual([...statistics, 'mu', 'L.1.1', 'L.2.1', 'L.1.2', 'L.2.2', 'L.1.3', 'L.2.3'])
  const [energy, diverging, accept, steps, potential, stepSize, depth] = statisticsAt(1, 4)
  const values = [0, 1, 4, 2, 5, 3, 6].map(j => valueAt(1, 4, j))
  expect(rows[4]!.map(Number)).toEqual([-potential!, accept, stepSize, depth, steps, diverging, energy, ...values])
})

test('the comments tell readers the shape of the file and how the chain was adapted', async () => {
  const { comments, rows } = await exported(memoryRun({ sites: [site('mu'), site('b', [2])], warmup: 5 }))
  expect(rows).toHaveLength(25)
  for (const line of [
    'num_samples = 20',
    'num_warmup = 5',
    'save_warmup = 1',
    'thin = 1',
    'max_depth = 3',
    'id = 2',
    '  seed = 42',
    'Step size = 0.25',
    'Diagonal elements of inverse mass matrix:\n# 1, 2, 3',
    ' Elapsed Time: 1.5 seconds (Warm-up)',
  ]) {
    expect(comments).toContain(line)
  }
})

test('combined draws have the layout of a sampler without statistics', async () => {
  const { comments, header, rows } = await exported(memoryRun({ sites: [site('mu')], statistics: false, warmup: 0 }))
  expect(comments).toContain('algorithm = fixed_param')
  expect([header, rows[3]]).toEqual([
    ['lp__', 'accept_stat__', 'mu'],
    ['0', '0', String(valueAt(1, 3, 0))],
  ])
})

test('what is not finite is written as Stan does, and negative zero keeps its sign', async () => {
  const values = [-0, NaN, Infinity, -Infinity, 5e-324]
  const { rows } = await exported(
    memoryRun({ sites: [site('x')], draws: values.length, statistics: false, value: (_, draw) => values[draw]! }),
  )
  expect(rows.map(([, , x]) => x)).toEqual(['-0', 'nan', 'inf', '-inf', '5e-324'])
})

test.each([['group effect'], ['a,b'], ['"q"'], ['σ'], ['a.b'], ['x__'], ['1a'], ['two\nlines'], ['<b>']])(
  'refuses the name %j, which no reader of CmdStan files knows',
  async name => {
    await expect(exported(memoryRun({ sites: [site(name)] }))).rejects.toMatchObject({ code: 'CHORALE_EXPORT_NAME' })
  },
)
