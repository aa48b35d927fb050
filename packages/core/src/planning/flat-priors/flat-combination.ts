import type * as Algebra from 'ml-matrix'

import { library } from '../../library.js'
import type { BasePoint, FlatDirection } from './flat-direction.js'

/** Curvatures below this share of the coordinates' own are candidates: differences of gradients are no more exact. */
const CANDIDATE = 1e-3
/** Rounds in which candidates are corrected by the curvature that is measured along them. */
const CORRECTIONS = 4
/** Distances along a candidate, in units in which every coordinate has curvature 1: the first measures, at both slopes must be the same. */
const FURTHER = [100, -1000] as const
/** Changes of slope per distance below this are none. */
const FLAT = 1e-11
const ROUNDING = 1e-15
/** Coordinates with a smaller share of a direction are not named. */
const SMALLEST_SHARE = 0.05

/**
 * A combination of coordinates along which the gradient does not change, from the columns of the Hessian for these coordinates at the first base point.
 *
 * Coordinates are scaled to curvature 1. Eigenvectors of the scaled Hessian with curvature near 0 span the candidates. Differences over single coordinates
 * leave an error in them, so they are corrected by subspace iteration: along a truly flat direction the gradient can be measured over any distance. A
 * candidate counts if the scaled gradient is the same at two further points along it, from every base point.
 */
export function flatCombination(columns: ReadonlyMap<number, Float64Array>, bases: readonly BasePoint[]): FlatDirection | undefined {
  const curved = [...columns].filter(([i, column]) => column[i] !== 0)
  const ids = curved.map(([i]) => i)
  if (ids.length < 2) return undefined
  const scale = curved.map(([i, column]) => 1 / Math.sqrt(Math.abs(column[i]!)))
  const n = ids.length
  const scaled = (a: number, b: number): number => scale[a]! * scale[b]! * curved[a]![1][ids[b]!]!
  const hessian = matrix(Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b) => (scaled(a, b) + scaled(b, a)) / 2)))
  const directionOf = (v: readonly number[]): FlatDirection => new Map(ids.map((i, a) => [i, scale[a]! * v[a]!]))
  const scaledGradient = (gradient: Float64Array): number[] => ids.map((i, a) => scale[a]! * gradient[i]!)
  /** Change of the scaled gradient at this distance along v; undefined where it is not finite. */
  const change = ({ along, gradient }: BasePoint, v: readonly number[], distance: number): number[] | undefined => {
    const there = along(directionOf(v), distance)
    return there && scaledGradient(there.map((x, i) => x - gradient[i]!))
  }
  const isFlat = (v: readonly number[]): boolean =>
    bases.every(base => {
      const rounding = ROUNDING * Math.max(...scaledGradient(base.gradient).map(Math.abs))
      return FURTHER.every(distance => change(base, v, distance)?.every(x => Math.abs(x) <= FLAT * Math.abs(distance) + rounding))
    })

  const { vectors, values } = eigen(hessian)
  const small = values.flatMap((value, k) => (Math.abs(value) < CANDIDATE ? [k] : []))
  if (small.length === 0) return undefined
  let candidates = small.map(k => vectors[k]!)
  for (let round = 0; round < CORRECTIONS; round++) {
    const flat = candidates.find(isFlat)
    if (flat) return named(directionOf(flat))
    const curvature = candidates.map(v => change(bases[0]!, v, FURTHER[0])?.map(x => x / FURTHER[0]))
    if (!curvature.every(row => row !== undefined)) return undefined
    const corrected = candidates.map((v, c) => correct(v, curvature[c]!, vectors, values))
    candidates = rotate(orthonormal(corrected), candidates, curvature)
  }
  const flat = candidates.find(isFlat)
  return flat && named(directionOf(flat))
}

/** v minus what its measured curvature shows of the curved eigenvectors. */
function correct(v: readonly number[], curvature: readonly number[], vectors: readonly (readonly number[])[], values: readonly number[]) {
  const corrected = [...v]
  values.forEach((value, k) => {
    if (Math.abs(value) < CANDIDATE) return
    const share = dot(vectors[k]!, curvature) / value
    vectors[k]!.forEach((x, a) => (corrected[a]! -= share * x))
  })
  return corrected
}

/** Among candidates the flat ones: eigenvectors of the curvature measured within their span. */
function rotate(
  basis: readonly (readonly number[])[],
  candidates: readonly (readonly number[])[],
  curvature: readonly (readonly number[])[],
): number[][] {
  const inner = matrix(candidates.map((v, a) => candidates.map((w, b) => (dot(v, curvature[b]!) + dot(w, curvature[a]!)) / 2)))
  return eigen(inner).vectors.map(weights => combine(weights, basis))
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((total, x, i) => total + x * b[i]!, 0)

const combine = (weights: readonly number[], vectors: readonly (readonly number[])[]): number[] =>
  vectors[0]!.map((_, a) => weights.reduce((total, weight, k) => total + weight * vectors[k]![a]!, 0))

function orthonormal(vectors: readonly (readonly number[])[]): number[][] {
  const basis: number[][] = []
  for (const vector of vectors) {
    const rest = basis.reduce<readonly number[]>((v, e) => (projection => v.map((x, a) => x - projection * e[a]!))(dot(v, e)), vector)
    const length = Math.sqrt(dot(rest, rest))
    basis.push(rest.map(x => x / length))
  }
  return basis
}

const algebra = (): typeof Algebra => library('ml-matrix')

const matrix = (rows: number[][]): Algebra.Matrix => new (algebra().Matrix)(rows)

function eigen(symmetric: Algebra.Matrix): { readonly vectors: readonly number[][]; readonly values: readonly number[] } {
  const { EigenvalueDecomposition } = algebra()
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true })
  return { values: realEigenvalues, vectors: realEigenvalues.map((_, k) => eigenvectorMatrix.getColumn(k)) }
}

/** Coordinates with a share worth naming, the largest 1. */
function named(direction: FlatDirection): FlatDirection {
  const largest = Math.max(...[...direction.values()].map(Math.abs))
  return new Map([...direction].map(([i, x]) => [i, x / largest] as const).filter(([, x]) => Math.abs(x) >= SMALLEST_SHARE))
}
