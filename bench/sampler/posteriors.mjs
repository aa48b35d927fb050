/**
 * The posteriors that are sampled: the benchmark models of ../gradient, and those of posteriordb where its files are at hand.
 *
 * `scalars` are compared between sides and reported (`draws-file.mjs`); `positive` names those compared by their logarithm, whose moments exist and settle
 * sooner. `columns` and `stanData` are the same data for Chorale and for Stan.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cases, createCase, layouts } from '../gradient/data.mjs'
import { scalarNames } from './draws-file.mjs'

/** Rows of x1 ... x25. */
const designRows = (rows, columns) => Array.from({ length: rows }, (_, i) => Array.from({ length: 25 }, (_, j) => columns[`x${j + 1}`][i]))

const stanData = {
  M1: ({ rows, columns }) => ({ N: rows, effect: [...columns.effect], standard_error: [...columns.standard_error] }),
  M2: ({ rows, columns }) => ({ N: rows, D: 25, x: designRows(rows, columns), y: [...columns.y] }),
  M4: () => ({}),
  M5: ({ rows, columns }) => ({
    N: rows,
    J: 85,
    county: Array.from(columns.county, code => code + 1),
    floor_measure: [...columns.floor],
    uranium: [...columns.uranium],
    log_radon: [...columns.log_radon],
  }),
}
stanData.M3 = stanData.M6 = stanData.M2

const stanFiles = { M2: 'logistic', M3: 'logistic' }

function benchmarkPosterior(name) {
  const layout = layouts[name]
  return {
    name,
    title: `${cases[name].title}, N = ${cases[name].rows}`,
    family: 'benchmark',
    scalars: scalarNames(layout.map(([parameter, size]) => [parameter, size === 1 ? undefined : size])),
    positive: layout.filter(([, , transform]) => transform === 'log').map(([parameter]) => parameter),
    stanFile: `${stanFiles[name] ?? name}.stan`,
    data() {
      const example = createCase(name)
      return { rows: example.rows, columns: example.columns, stan: stanData[name](example) }
    },
  }
}

const sibling = new URL('../../../shared/golden/posteriordb/', import.meta.url)
const posteriordbFolder = process.env.CHORALE_POSTERIORDB ? pathToFileURL(`${process.env.CHORALE_POSTERIORDB}/`) : sibling

/** Files of posteriordb are never part of this repository. */
export const posteriordbAvailable = existsSync(posteriordbFolder)

const vectorsOf = data =>
  Object.fromEntries(Object.entries(data).filter(([, values]) => Array.isArray(values) && !Array.isArray(values[0])))
const columnsOfMatrix = matrix => Object.fromEntries(matrix[0].map((_, j) => [`x${j + 1}`, matrix.map(row => row[j])]))

/** Sizes: undefined for a scalar. `model` is a file of test/models/posteriordb. */
const described = {
  'sblrc-blr': { model: 'blr', scalars: { beta: 5, sigma: undefined }, positive: ['sigma'], matrix: 'X' },
  'kidiq-kidscore_momhsiq': { model: 'kidscore-momhsiq', scalars: { beta: 3, sigma: undefined }, positive: ['sigma'] },
  'eight_schools-eight_schools_noncentered': {
    model: 'eight-schools',
    scalars: { mu: undefined, tau: undefined, theta: 8 },
    positive: ['tau'],
  },
  'arK-arK': { model: 'ar-k', scalars: { alpha: undefined, beta: 5, sigma: undefined }, positive: ['sigma'] },
  'low_dim_gauss_mix-low_dim_gauss_mix': {
    model: 'low-dim-gauss-mix',
    scalars: { mu: 2, sigma: 2, theta: undefined },
    positive: ['sigma'],
  },
  'gp_pois_regr-gp_regr': {
    model: 'gp-regr',
    scalars: { rho: undefined, alpha: undefined, sigma: undefined },
    positive: ['rho', 'alpha', 'sigma'],
  },
}

function publicPosterior(name) {
  const { model, scalars, positive, matrix } = described[name]
  return {
    name,
    title: 'posteriordb',
    family: 'posteriordb',
    model,
    scalars: scalarNames(Object.entries(scalars)),
    positive,
    stanFile: `posteriordb/${model}.stan`,
    data() {
      const { data } = JSON.parse(readFileSync(new URL(`${name}.json`, posteriordbFolder), 'utf8'))
      const columns = { ...vectorsOf(data), ...(matrix && columnsOfMatrix(data[matrix])) }
      const rows = Math.max(...Object.values(columns).map(column => column.length))
      const whole = Object.entries(columns).filter(([, column]) => column.length === rows)
      return { rows, columns: Object.fromEntries(whole.map(([column, values]) => [column, Float64Array.from(values)])), stan: data }
    },
  }
}

export const posteriors = Object.fromEntries(
  [
    ...['M1', 'M2', 'M3', 'M4', 'M5', 'M6'].map(benchmarkPosterior),
    ...(posteriordbAvailable ? Object.keys(described).map(publicPosterior) : []),
  ].map(posterior => [posterior.name, posterior]),
)

export const posteriordbPath = fileURLToPath(posteriordbFolder)
