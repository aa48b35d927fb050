import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { model } from '../../packages/model/src/index.js'
import { productEngine } from '../../packages/model/src/wasm/choice.js'
import { choraleHere } from '../e2e/command-here.js'
import { exampleNames, markedBlock, page } from './pages.js'
import { expectPrinted, filesOf, projectOf, projectWith, runProject } from './project.js'

// Seconds on a free machine; whole sampling runs on a busy one.
vi.setConfig({ testTimeout: 180_000 })

const MODELLING = 'docs/modelling.md'
const COMING_FROM = 'docs/coming-from.md'

type Known = Readonly<Record<string, readonly [mean: number, tolerance: number]>>

/**
 * Posterior means that are known from elsewhere. `tolerance`: where the source is a maximum of the likelihood, what the prior and the skewness may add to the
 * Monte Carlo error; where it is the posterior, none.
 */
const known: Readonly<Record<string, Known>> = {
  // Quadrature on a grid with numpy 2, SciPy 1.17.
  first: { mu: [20.04, 0.01], sigma: [40.25, 0.01] },
  logistic: { alpha: [-1.342, 0.002], slope: [-0.2833, 0.0005] },
  groups: { mu: [1525.95, 0.1], between: [51.0, 0.2], within: [52.51, 0.05] },
  'non-centered': { mu: [1525.95, 0.1], between: [51.0, 0.2], within: [52.51, 0.05] },
  local: { mu: [1525.95, 0.1], between: [51.0, 0.2], within: [52.51, 0.05] },
  zeros: { still: [0.5586, 0.001], rate: [0.8317, 0.002] },
  // Least squares; the mean of the response of centred predictors.
  regression: { alpha: [17.524, 0.05], 'beta[1]': [0.716, 0.02], 'beta[2]': [1.295, 0.05], 'beta[3]': [-0.152, 0.02] },
  ar: { alpha: [1.735, 0.2], phi: [0.825, 0.02] },
  deterministic: { gain: [1.58, 0.06], better: [0.955, 0.02] },
  // Zucchini & MacDonald (2009), Hidden Markov Models for Time Series, table 3.1: maximum likelihood, stationary.
  hmm: { 'rate[1]': [15.472, 0.6], 'rate[2]': [26.125, 0.9], 'stay[1]': [0.934, 0.04], 'stay[2]': [0.872, 0.05] },
  // Maximum likelihood by the Nelder-Mead method, SciPy 1.17.
  mixture: { short: [0.348, 0.03], 'mu[1]': [1.882, 0.03], 'mu[2]': [4.053, 0.06] },
  // Conjugate priors.
  censored: { rate: [10 / 369, 0] },
  truncated: { rate: [12 / 330.5, 0] },
  factor: { variance: [849.32 / 12, 0] },
  // McCullagh (1980), section 5: 0.603 with standard error 0.227; the prior takes 1 %.
  ordered: { effect: [0.603, 0.02] },
  // Breslow (1985): 0.3545, standard error 0.107.
  offset: { smoking: [0.3545, 0.02] },
  multivariate: { 'mu[1]': [5.028, 0.02], 'mu[2]': [3.492, 0.02], correlation: [0.827, 0.09] },
  support: { mu: [5.032, 0.02] },
  // Published posterior means of the eight schools with these priors.
  'eight-schools': { mu: [4.4, 0.1], tau: [3.6, 0.1] },
}

const withoutTrailingSpaces = (text: string): string => text.replaceAll(/ +$/gm, '')

/** Examples that leave the data to another one. */
const dataOf: Readonly<Record<string, string>> = { 'non-centered': 'groups', local: 'groups' }

const SHORT = ['--set', 'sampling.chains=2', '--set', 'sampling.warmup=400', '--set', 'sampling.draws=600', '--backend', 'cpu']

const examples = [MODELLING, COMING_FROM].flatMap(path => exampleNames(page(path)).map(name => [name, path] as const))

describe('every model of docs/modelling.md and docs/coming-from.md', () => {
  it.each(examples)('%s has the posterior that is known from elsewhere', async (name, path) => {
    const { parameters } = await runProject(await projectOf(path, name, dataOf[name]), ...SHORT)
    expect(known[name]).toBeDefined()
    for (const [parameter, [mean, tolerance]] of Object.entries(known[name]!)) {
      const found = parameters[parameter]!
      expect(Math.abs(found.mean - mean), parameter).toBeLessThan(tolerance + 5 * found.mcseMean)
    }
  })
})

describe('outputs of docs/modelling.md', () => {
  const shown = page(MODELLING)

  it('the table of the first model is that of a run', async () => {
    expectPrinted(markedBlock(shown, 'first: output'), await runProject(await projectOf(MODELLING, 'first')))
  })

  it('the inspected regression', async () => {
    const { code, stdout } = await choraleHere({ folder: await projectOf(MODELLING, 'regression') }, 'model', 'inspect', 'model.js')
    expect(code).toBe(0)
    expect(stdout.trim()).toBe(markedBlock(shown, 'regression: inspect').trim())
  })

  it('the error without .at', async () => {
    const files = filesOf(MODELLING, 'groups')
    const folder = await projectWith({ ...files, 'model.js': files['model.js']!.replace('mean.at(batch)', 'mean') })
    const { code, stderr } = await choraleHere({ folder }, 'run')
    expect(code).toBe(2)
    expect(withoutTrailingSpaces(stderr)).toContain(markedBlock(shown, 'groups: without \\.at').trim())
  })

  it('the predictions', async () => {
    const folder = await projectWith({
      ...filesOf(MODELLING, 'first'),
      'predict.js': markedBlock(shown, 'predictions: predict\\.js'),
      'package.json': '{ "type": "module" }',
    })
    const { stdout } = await promisify(execFile)(process.execPath, ['predict.js'], { cwd: folder })
    const numbersIn = (text: string): readonly number[] => (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number)
    const [printed, expected] = [stdout.trim(), markedBlock(shown, 'predictions: output').trim()]
    expect(printed.replaceAll(/-?\d+(?:\.\d+)?/g, '0')).toBe(expected.replaceAll(/-?\d+(?:\.\d+)?/g, '0'))
    // Rounded Monte Carlo means, which another version of V8 may round the other way.
    numbersIn(printed).forEach((number, k) => expect(Math.abs(number - numbersIn(expected)[k]!)).toBeLessThanOrEqual(1))
  })
})

describe('facts of docs/modelling.md', () => {
  const { text } = page(MODELLING)

  it('rows and columns from which WebAssembly is used', () => {
    expect(text).toContain('from 24 rows on')
    for (const kind of ['logistic', 'poisson'] as const)
      expect([productEngine(kind, 23, 9), productEngine(kind, 24, 1)]).toEqual(['javascript', 'wasm'])
    expect(text).toContain('from 6 columns and 200 numbers on')
    expect([productEngine('linear-predictor', 1000, 5), productEngine('linear-predictor', 33, 6)]).toEqual(['javascript', 'javascript'])
    expect([productEngine('linear-predictor', 34, 6), productEngine('linear-predictor', 20, 10)]).toEqual(['wasm', 'wasm'])
    expect(text).toContain('from 12 rows and 12 columns on')
    expect([productEngine('matrix', 11, 12), productEngine('matrix', 12, 12)]).toEqual(['javascript', 'wasm'])
  })

  it('what data can be asked for: all of it, and nothing else', () => {
    let asked: readonly string[] = []
    const probe = model(({ data }) => {
      asked = Object.keys(data)
    })
    expect(probe.dataNames).toEqual([])
    const table = text.slice(text.indexOf('## What the data can be'), text.indexOf('## A yes or no'))
    const cells = [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(?:data\.)?(\w+)[(`]/g)])
    expect([...new Set(cells.map(match => match[1]!))].sort()).toEqual(asked.filter(name => name !== 'rows').sort())
  })

  it('how a model is sharded is read from the model', async () => {
    const rowsOf = async (name: string): Promise<string> => {
      const folder = await projectOf(MODELLING, name, dataOf[name])
      return JSON.stringify(JSON.parse((await choraleHere({ folder }, 'model', 'inspect', 'model.js', '--json')).stdout).rows)
    }
    expect(await rowsOf('groups')).toBe('"independent"')
    expect(await rowsOf('local')).toBe('{"by":"batch"}')
    expect(await rowsOf('ar')).toBe('"joint"')
  })
})
