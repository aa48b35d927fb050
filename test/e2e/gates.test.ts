import { expect, onTestFinished, test } from 'vitest'

import { summarySchema, type Summary } from '@chorale/core'

import { choraleHere } from './command-here.js'
import { folderWith, project } from './project.js'
import { onlyRun, summaryOf } from './run-files.js'

const set = (...assignments: readonly string[]): readonly string[] => assignments.flatMap(assignment => ['--set', assignment])
const unwrapped = (text: string): string => text.replace(/\n {9}/g, ' ')

/** A scale and nine values that spread with it, known to nothing but their prior: Neal's funnel, with a positive site. */
const FUNNEL = `
const CHILDREN = 9
export default {
  rows: 'independent',
  dataNames: ['y'],
  bind: () => ({
    parameters: [
      { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 0, size: 1 },
      { name: 'theta', shape: [CHILDREN], support: 'real', scope: 'global', offset: 1, size: CHILDREN },
    ],
    dimension: 1 + CHILDREN,
    logDensityInto(g, q, { prior, jacobian }) {
      const inverse = Math.exp(-2 * q[0])
      let squares = 0
      for (let i = 1; i <= CHILDREN; i++) {
        squares += q[i] * q[i]
        g[i] = -prior * q[i] * inverse
      }
      g[0] = prior * (-q[0] / 2.25 - CHILDREN - 1 + squares * inverse) + jacobian
      return prior * (-q[0] * q[0] / 4.5 - (CHILDREN + 1) * q[0] - 0.5 * squares * inverse) + jacobian * q[0]
    },
    constrainInto(values, q) {
      values.set(q)
      values[0] = Math.exp(q[0])
    },
    unconstrainInto(q, values) {
      q.set(values)
      q[0] = Math.log(values[0])
    },
  }),
}
`
const FUNNEL_SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
backend: cpu
sampling: { chains: 4, warmup: 300, draws: 500, seed: 3, restarts: 0, targetAcceptProb: 0.6 }
validation: { maxDivergenceRate: 0 }
`

test('a centred hierarchy is told which site to write non-centred, and a gate of its own level fails the run', async () => {
  const { folder, dispose } = folderWith({ 'model.mjs': FUNNEL, 'data.csv': 'y\n1\n2\n', 'chorale.config.yaml': FUNNEL_SETTINGS })
  onTestFinished(dispose)
  const { code, stdout, stderr } = await choraleHere({ folder }, 'run', ...set('validation.levels.divergences=fail'))
  expect(code).toBe(1)
  const { gates, verification } = summaryOf(onlyRun({ folder }))
  const divergences = gates.find(({ gate }) => gate === 'DIVERGENCES')!
  expect(divergences).toMatchObject({ passed: false, level: 'fail', limit: 0 })
  expect(divergences.advice[0]).toMatch(/^theta spreads as tau says \(correlation 0\.9\d of their logarithms\)/)
  expect(gates[0]).toEqual(divergences)
  expect(verification.verdict).toMatch(/^unreliable \(/)
  expect(stdout).toMatch(/^\nGates\ngate +passed +measured +limit +level +worst$/m)
  expect(stdout).toMatch(/^DIVERGENCES +NO /m)
  expect(unwrapped(stdout)).toContain(divergences.advice[0])
  expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([])
  expect(unwrapped(stderr)).toMatch(/^failed {3}shard 0: \d+ of 2000 draws diverged/m)
})

test('a clean run says that all gates passed, and --json has each of them', async () => {
  const where = project()
  const enough = set('validation.minEss=100', 'sampling.draws=300')
  const { code, stdout } = await choraleHere(where, 'run', '--combiner', 'consensus', ...enough)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Gates {4}all 11 passed$/m)
  const { stdout: json } = await choraleHere(where, 'run', '--json', '--combiner', 'consensus', ...enough)
  const { gates } = summarySchema.parse(JSON.parse(json)) as Summary
  expect(gates.map(({ gate, passed }) => [gate, passed])).toEqual(
    [
      ...['RHAT', 'ESS_BULK', 'ESS_TAIL', 'EBFMI', 'DIVERGENCES', 'TREE_DEPTH', 'ACCEPTANCE'],
      ...['SUCCESS_RATE', 'HETEROGENEITY', 'PARETO_K', 'SHIFT'],
    ].map(gate => [gate, true]),
  )
})

test('a gate that does not exist is refused, with those that do', async () => {
  const { code, stderr } = await choraleHere(project(), 'run', ...set('validation.levels.rhats=fail'))
  expect(code).toBe(2)
  expect(stderr).toMatch(/validation\.levels.*rhats/)
})
