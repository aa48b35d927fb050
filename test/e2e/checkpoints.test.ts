import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { startChorale, until } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith } from './project.js'
import { acceptedChains, attemptsOf, lastingSummary, onlyRun, runsOf } from './run-files.js'

const DIMENSION = 12
const WARMUP = 220
const DRAWS = 150

/**
 * Normals in a row, neighbours with correlation 0.95: a posterior that low-rank and dense metrics have something to learn of. Rows do not matter.
 *
 * Every gradient keeps the processor busy for so many milliseconds; values do not depend on it.
 */
const modelOf = (milliseconds: number): string => `
const d = ${DIMENSION}
const rho = 0.95

export default {
  rows: 'joint',
  dataNames: ['row'],
  bind: () => ({
    parameters: [{ name: 'x', shape: [d], support: 'real', scope: 'global', offset: 0, size: d }],
    dimension: d,
    logDensityInto(g, x, { prior }) {
      for (const end = performance.now() + ${milliseconds}; ${milliseconds} > 0 && performance.now() < end;);
      let sum = 0
      for (let i = 0; i < d; i++) {
        const own = i > 0 && i < d - 1 ? 1 + rho * rho : 1
        const neighbours = (i > 0 ? x[i - 1] : 0) + (i < d - 1 ? x[i + 1] : 0)
        g[i] = -prior * (own * x[i] - rho * neighbours) / (1 - rho * rho)
        sum += 0.5 * g[i] * x[i]
      }
      return sum
    },
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),
  }),
}
`

const settingsOf = (options: string): string => `
model: ./model.mjs
data: { path: data.csv }
backend: { name: cpu, parallelTasks: 1 }
sampling: { chains: 1, warmup: ${WARMUP}, draws: ${DRAWS}, seed: 1, saveWarmup: true, ${options} }
validation: { minEss: 0, maxRhat: 2 }
`

function projectOf(milliseconds: number, options: string): { readonly folder: string } {
  const files = { 'model.mjs': modelOf(milliseconds), 'data.csv': 'row\n1\n2\n', 'chorale.config.yaml': settingsOf(options) }
  const { folder, dispose } = folderWith(files)
  onTestFinished(dispose)
  return { folder }
}

/** Digests of all that the accepted chains wrote, but for checkpoints, which name the model's code, and reports, which name seconds. */
function chainDigests(run: string): Readonly<Record<string, string>> {
  const folders = Object.entries(acceptedChains(run)).map(([task, { attempt }]) => [task, String(attempt).padStart(3, '0')] as const)
  return Object.fromEntries(
    folders.flatMap(([task, attempt]) => {
      const folder = join(run, 'tasks', task, attempt)
      const names = readdirSync(folder).filter(name => name.endsWith('.bin'))
      return names.map(name => [
        `${task}/${name}`,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ])
    }),
  )
}

/** Iterations done at the newest checkpoint of an attempt; its header is JSON. Between two renames the newest is the previous one. */
function checkpointed(attempt: string): number {
  const newest = ['chain.ckpt', 'chain.ckpt.previous'].map(name => join(attempt, name)).find(path => existsSync(path))
  try {
    return newest === undefined ? 0 : Number(/"iteration":(\d+)/.exec(readFileSync(newest, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

const logOf = (run: string): string => readFileSync(join(run, 'log.ndjson'), 'utf8')

test.each([
  ['SIGINT', 40, 'metric: low-rank'],
  ['SIGKILL', 150, 'adaptation: stan, metric: dense'],
  ['SIGKILL', WARMUP + 60, 'metric: auto'],
  ['SIGINT', WARMUP + 90, 'metric: diagonal, earlyStop: true'],
] as const)(
  'a chain that %s ends after iteration %i goes on from there, and nothing of it differs (%s)',
  async (signal, iteration, options) => {
    const [where, reference] = [projectOf(0.03, options), projectOf(0, options)]
    const running = startChorale(where, 'run', '--set', 'sampling.checkpointSeconds=0')
    const run = await until(() => runsOf(where)[0], 'the run directory')
    const attempt = join(run, 'tasks', 'sample-0000-0', '001')
    await until(() => checkpointed(attempt) >= iteration, `iteration ${iteration}`)
    running.kill(signal)
    await running.ended
    const reached = checkpointed(attempt)
    expect(Object.keys(acceptedChains(run))).toEqual([])

    expect(await choraleHere(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
    expect(attemptsOf(run)).toEqual(['sample-0000-0/001', 'sample-0000-0/002'])
    expect(logOf(run)).toContain(`goes on after iteration ${reached}`)

    expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
    const expected = chainDigests(onlyRun(reference))
    expect(Object.keys(expected)).toEqual(
      expect.arrayContaining(['draws.bin', 'stats.bin', 'warmup.bin', 'warmup-stats.bin'].map(name => `sample-0000-0/${name}`)),
    )
    expect(chainDigests(run)).toEqual(expected)
    expect(lastingSummary(run)).toEqual(lastingSummary(onlyRun(reference)))
  },
)
