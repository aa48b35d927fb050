import { expect, onTestFinished, test } from 'vitest'

import { choraleHere } from './command-here.js'
import { folderWith, type Files } from './project.js'
import { onlyRun, summaryOf } from './run-files.js'

/**
 * y ~ Normal(mean of its group, 1), mean of a group ~ Normal(mu, 1), mu ~ Normal(0, 10). The groups' means are local; how many there are is known from all
 * rows only. Everything is Gaussian, so the posterior of mu and of each mean is known.
 */
const MODEL = `
export default {
  rows: 'independent',
  dataNames: ['y', 'group'],
  bind(data) {
    const [y, group] = [data.column('y'), data.column('group')]
    const groups = 1 + Math.max(...group)
    return {
      parameters: [
        { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
        { name: 'theta', shape: [groups], support: 'real', scope: 'local', offset: 1, size: groups },
      ],
      deterministics: [{ name: 'contrast', shape: [] }, { name: 'exceeds', shape: [2] }],
      dimension: 1 + groups,
      logDensityInto(gradient, position, { prior, likelihood }) {
        const mu = position[0]
        gradient.fill(0)
        gradient[0] = -prior * mu / 100
        let value = -prior * mu * mu / 200
        for (let g = 1; g <= groups; g++) {
          const rest = position[g] - mu
          value -= 0.5 * likelihood * rest * rest
          gradient[g] -= likelihood * rest
          gradient[0] += likelihood * rest
        }
        for (let row = 0; row < y.length; row++) {
          const rest = y[row] - position[1 + group[row]]
          value -= 0.5 * likelihood * rest * rest
          gradient[1 + group[row]] += likelihood * rest
        }
        return value
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
      deterministicInto(values, position) {
        values[0] = position[1] - position[groups]
        values[1] = position[1] > position[0] ? 1 : 0
        values[2] = position[groups] > position[0] ? 1 : 0
      },
    }
  },
}
`
const GROUPS = 12
const ROWS = 1500
/** Groups come one after another, so the first thousand rows do not have all of them. */
const groupOf = (row: number): number => Math.floor((row * GROUPS) / ROWS)
const y = Array.from({ length: ROWS }, (_, row) => Math.cos(5 * groupOf(row)) + Math.SQRT2 * Math.sin(12.9898 * row))

const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
backend: cpu
sampling: { chains: 4, warmup: 300, draws: 500, seed: 3 }
`
const FILES: Files = {
  'model.mjs': MODEL,
  'data.csv': `y,group\n${y.map((value, row) => `${value},${groupOf(row)}`).join('\n')}\n`,
  'chorale.config.yaml': SETTINGS,
}

/** Precision of mu is 1/100 + sum of n/(n + 1); its mean weighs the groups' averages by that. A group's mean shrinks towards mu. */
function posterior() {
  const n = ROWS / GROUPS
  const averages = Array.from({ length: GROUPS }, (_, g) => y.filter((_, row) => groupOf(row) === g).reduce((a, b) => a + b, 0) / n)
  const weight = n / (n + 1)
  const precision = 1 / 100 + GROUPS * weight
  const mu = (weight * averages.reduce((a, b) => a + b, 0)) / precision
  return { mu: { mean: mu, sd: 1 / Math.sqrt(precision) }, theta: averages.map(average => (n * average + mu) / (n + 1)) }
}

function hierarchical(files: Files = {}): { readonly folder: string } {
  const { folder, dispose } = folderWith({ ...FILES, ...files })
  onTestFinished(dispose)
  return { folder }
}

test('local parameters in one shard go the whole way: sampled, judged, summarised, with what is computed from them', async () => {
  const where = hierarchical()
  const { code, stdout } = await choraleHere(where, 'run')
  expect(code).toBe(0)
  const { parameters, verification, shards, combiner, warnings, timings } = summaryOf(onlyRun(where))
  const truth = posterior()
  const names = ['mu', ...truth.theta.map((_, g) => `theta[${g + 1}]`), 'contrast', 'exceeds[1]', 'exceeds[2]']
  expect(Object.keys(parameters)).toEqual(names)
  const close = (name: string, mean: number): void => {
    const found = parameters[name]!
    expect(Math.abs(found.mean - mean), name).toBeLessThan(4 * found.mcseMean!)
  }
  close('mu', truth.mu.mean)
  truth.theta.forEach((mean, g) => close(`theta[${g + 1}]`, mean))
  close('contrast', truth.theta[0]! - truth.theta.at(-1)!)
  expect(parameters['mu']!.sd / truth.mu.sd).toBeCloseTo(1, 0)
  expect([shards.length, combiner, verification.verdict, warnings]).toEqual([1, 'none', 'exact', []])
  expect(timings).toMatchObject({ combination: null, verification: null })
  expect(timings.total).toBeGreaterThan(timings.sampling!)
  expect(stdout).toMatch(/^contrast .* 1\.00\d$/m)
  expect(stdout).toMatch(/^Time {5}[\d.]+ s: data [\d.]+, planning [\d.]+, sampling [\d.]+$/m)
})

test('local parameters in several shards are refused and named', async () => {
  const { code, stderr } = await choraleHere(hierarchical(), 'run', '--set', 'sharding.shards=2')
  expect(code).toBe(2)
  expect(stderr).toMatch(/CHORALE_LOCAL_PARAMETERS .*\(theta\)/)
})

/** As if every shard knew all groups: global means with flat priors instead of local ones. */
const FLAT = MODEL.replace("scope: 'local'", "scope: 'global', prior: 'flat'")
  .replace('1 + Math.max(...group)', String(GROUPS))
  .replace('for (let g = 1; g <= groups; g++)', 'for (let g = 1; g <= 0; g++)')

test('a flat prior in several shards is warned of on the terminal and in the summary, also after a resume', async () => {
  const where = hierarchical({ 'model.mjs': FLAT })
  const { code, stdout } = await choraleHere(where, 'run', '--set', 'sharding.shards=2', '--set', 'verification.enabled=false')
  expect(code).toBe(0)
  expect(stdout.replace(/\n {9}/g, ' ')).toMatch(/^Warning {2}CHORALE_FLAT_PRIOR: theta has a flat prior/m)
  await choraleHere(where, 'run', '--resume', 'latest')
  expect(summaryOf(onlyRun(where)).warnings.map(({ code: what }) => what)).toContain('CHORALE_FLAT_PRIOR')
})

test('a flat prior that a shard has no rows for stops the run before it starts', async () => {
  const sharding = ['--set', 'sharding.shards=2', '--set', 'sharding.strategy=contiguous']
  const { code, stderr } = await choraleHere(hierarchical({ 'model.mjs': FLAT }), 'run', ...sharding)
  expect(code).toBe(2)
  expect(stderr).toMatch(/CHORALE_FLAT_PRIOR_NOT_IDENTIFIED .*shard 0 say nothing about "theta\[7\]"/)
})

test('global parameters whose number depends on the rows of a shard are refused before sampling', async () => {
  const growing = FLAT.replace(`groups = ${GROUPS}`, 'groups = 1 + Math.max(...group)')
  const { code, stderr } = await choraleHere(hierarchical({ 'model.mjs': growing }), 'run', '--set', 'sharding.shards=2')
  expect(code).toBe(2)
  expect(stderr).toMatch(/CHORALE_MODEL_INVALID .* 13 dimensions with the rows of shard 0, and 9 with the first rows/)
})
