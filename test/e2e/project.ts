import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { onTestFinished } from 'vitest'

export const SEED = 1
export const WARMUP = 100
export const DRAWS = 150
const ROWS = 2000

/** y of the data below, mean 1 and standard deviation 1: the same numbers in every project. */
const y = Float64Array.from({ length: ROWS }, (_, row) => 1 + Math.SQRT2 * Math.sin(12.9898 * row))

export interface ModelOptions {
  /** Every gradient keeps the processor busy for so long. Values do not depend on it. */
  readonly milliseconds?: number
  /** `summarize` keeps the processor busy for so long: a plan that takes its time. */
  readonly planMilliseconds?: number
  /** Statement at the start of `logDensityInto`; `data` is the shard, `mu` the position, `g` the gradient. */
  readonly before?: string
  /** Expression of the gradient's only component. */
  readonly gradient?: string
  readonly rows?: string
}

/**
 * The source of a model that imports nothing: y ~ Normal(mu, 1), mu ~ Normal(0, 10). The posterior of mu is
 * Normal(sum(y) / (n + 1/100), 1 / (n + 1/100)).
 */
export function normalModel(options: ModelOptions = {}): string {
  const { milliseconds = 0, planMilliseconds = 0, before = '', rows = "'independent'" } = options
  const { gradient = '-prior * mu / 100 + likelihood * (sum - n * mu)' } = options
  return `
const wait = milliseconds => { for (const end = performance.now() + milliseconds; milliseconds > 0 && performance.now() < end;); }

export default {
  rows: ${rows},
  dataNames: ['y', 'part'],
  summarize() {
    wait(${planMilliseconds})
    return null
  },
  bind(data) {
    const y = data.column('y')
    const n = y.length
    const sum = y.reduce((a, b) => a + b, 0)
    const squares = y.reduce((a, b) => a + b * b, 0)
    return {
      parameters: [{ name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 }],
      dimension: 1,
      logDensityInto(g, [mu], { prior, likelihood }) {
        wait(${milliseconds})
        ${before}
        g[0] = ${gradient}
        return -0.5 * (prior * mu * mu / 100 + likelihood * (squares - 2 * mu * sum + n * mu * mu))
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
`
}

/** The file that makes `lingering` models linger. */
export const LINGER = 'linger'

/**
 * The model, of which a gradient takes 5 ms in all shards but the first for as long as the project has a file `LINGER`: whatever the machine is busy with, its run is
 * still at it when a test gets there. Values do not depend on it.
 */
export const lingering = (): string =>
  `import { existsSync } from 'node:fs'\n${normalModel({ before: `if (data.column('part')[n - 1] > 0 && existsSync('${LINGER}')) wait(5)` })}`

/** Closed form of the posterior of `normalModel`. */
export function normalPosterior(): { readonly mean: number; readonly sd: number } {
  const precision = ROWS + 1 / 100
  return { mean: y.reduce((a, b) => a + b, 0) / precision, sd: 1 / Math.sqrt(precision) }
}

/** `part` numbers the thirds of the rows: the shards of contiguous sharding, but for a row at their borders. */
export const normalData = (): string => `y,part\n${Array.from(y, (value, row) => `${value},${Math.floor((3 * row) / ROWS)}`).join('\n')}\n`

export const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 3, strategy: contiguous }
backend: cpu
sampling: { chains: 2, warmup: ${WARMUP}, draws: ${DRAWS}, seed: ${SEED} }
# 2 x ${DRAWS} draws have an R-hat of up to 1.06 by chance alone.
validation: { maxRhat: 1.1 }
`

export type Files = Readonly<Record<string, string | Uint8Array>>

/** A folder outside the repository with these files; removed at the end of the test, or by the caller's `dispose`. */
export function folderWith(files: Files): { readonly folder: string; readonly dispose: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-e2e-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

const NORMAL: Files = { 'model.mjs': normalModel(), 'data.csv': normalData(), 'chorale.config.yaml': SETTINGS }

/** The project of most tests, with other files or contents where the test is about them. */
export const normalFolder = (files: Files = {}): ReturnType<typeof folderWith> => folderWith({ ...NORMAL, ...files })

/** As `normalFolder`, for one test. */
export function project(files: Files = {}): { readonly folder: string } {
  const { folder, dispose } = normalFolder(files)
  onTestFinished(dispose)
  return { folder }
}
