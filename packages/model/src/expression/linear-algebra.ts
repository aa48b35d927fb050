import { applyKernel } from '../graph/build.js'
import type { Kernel } from '../kernels/kernel.js'
import * as kernels from '../kernels/index.js'
import { nodeOf, Value, type Operand } from './value.js'

/** A kernel of the language applied to operands. */
export const applyTo = (kernel: Kernel, ...operands: readonly Operand[]): Value => new Value(applyKernel(kernel, operands.map(nodeOf)))

/** Inner products along the last axis: [.., D] and [D] give [..]; two vectors give a number. */
export const dot = (a: Value, b: Value): Value => applyTo(kernels.dot, a, b)
/** Matrix times vector: [M, D] and [D] give [M]. Another name of `dot`. */
export const matVec = (a: Value, x: Value): Value => dot(a, x)
/** [M, K] and [K, N] give [M, N]. */
export const matMul = (a: Value, b: Value): Value => applyTo(kernels.matMul, a, b)
/** [M, N] gives [N, M]. */
export const transpose = (a: Value): Value => applyTo(kernels.transpose, a)
/** [M] and [N] give the matrix [M, N] of all products. */
export const outer = (a: Value, b: Value): Value => applyTo(kernels.outer, a, b)
/** The lower-triangular L with L L' = `a`, for a symmetric positive-definite matrix. NaN for another, which ends a trajectory as divergent. */
export const cholesky = (a: Value): Value => applyTo(kernels.cholesky, a)
/** x with L x = b, for a lower-triangular L [D, D] and b [D] or [D, N]. */
export const solveLower = (l: Value, b: Value): Value => applyTo(kernels.solveLower, l, b)
/** x with L' x = b, for a lower-triangular L [D, D] and b [D] or [D, N]. */
export const solveUpper = (l: Value, b: Value): Value => applyTo(kernels.solveUpper, l, b)
/** log det of a symmetric positive-definite matrix [D, D]. NaN for another. */
export const logDeterminant = (a: Value): Value => applyTo(kernels.logDeterminant, a)
/** Sum of the logarithms of the diagonal: log det of a triangular matrix, half that of the matrix it is the Cholesky factor of. */
export const logDiagonalSum = (l: Value): Value => applyTo(kernels.logDiagonalSum, l)
/** x' P x for x [D] and a square matrix P [D, D]. */
export const quadraticForm = (x: Value, p: Value): Value => applyTo(kernels.quadraticForm, x, p)
/** Sums of the first 1, 2, ... entries along the last axis. */
export const cumulativeSum = (x: Value): Value => applyTo(kernels.cumulativeSum, x)
/** log(sum(exp(x))) along the last axis, without overflow. */
export const logSumExp = (x: Value): Value => applyTo(kernels.logSumExp, x)
/** exp(x) / sum(exp(x)) along the last axis. */
export const softmax = (x: Value): Value => applyTo(kernels.softmax, x)
/** log(softmax(x)) along the last axis, exact also where the probability is below the smallest double. */
export const logSoftmax = (x: Value): Value => applyTo(kernels.logSoftmax, x)
/** The diagonal of a square matrix. */
export const diagonal = (a: Value): Value => applyTo(kernels.diagonal, a)
/** The diagonal matrix of a vector. */
export const diagonalMatrix = (x: Value): Value => applyTo(kernels.diagonalMatrix, x)
