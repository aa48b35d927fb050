/**
 * df/dt at 0 by central differences with Ridders' extrapolation: steps are halved, polynomial extrapolation, the estimate with the least change.
 * Source: Ridders (1982), Accurate computation of F'(x) and F'(x) F''(x).
 */
export const derivativeAtZero = (f: (t: number) => number, step: number): number => {
  let previous: number[] = []
  let best = NaN
  let leastChange = Infinity
  for (let level = 0, h = step; level < 10; level++, h /= 2) {
    const row = [(f(h) - f(-h)) / (2 * h)]
    for (let order = 1, factor = 4; order <= level; order++, factor *= 4) {
      row.push((factor * row[order - 1] - previous[order - 1]) / (factor - 1))
      const change = Math.max(Math.abs(row[order] - row[order - 1]), Math.abs(row[order] - previous[order - 1]))
      if (change < leastChange) {
        leastChange = change
        best = row[order]
      }
    }
    previous = row
  }
  return best
}

/** log |det A| of a square matrix by elimination with partial pivoting. */
export const logAbsoluteDeterminant = (matrix: readonly (readonly number[])[]): number => {
  const rows = matrix.map(row => [...row])
  let sum = 0
  for (let k = 0; k < rows.length; k++) {
    let pivot = k
    for (let i = k; i < rows.length; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i
    ;[rows[k], rows[pivot]] = [rows[pivot], rows[k]]
    sum += Math.log(Math.abs(rows[k][k]))
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j < rows.length; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  return sum
}
