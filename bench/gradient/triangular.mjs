/**
 * Sufficient statistics of a linear regression: the upper triangular R of the QR decomposition of [X y], row-major, 26 x 26.
 *
 * |y - X b|^2 = |R12 - R11 b|^2 + R22^2. Householder reflections on blocks of rows below the R so far, never X'X, which cancels.
 */
export function triangularFactor(columns, rows) {
  const width = columns.length
  const block = 1024
  const stacked = Array.from({ length: width }, () => new Float64Array(width + block))
  for (let start = 0; start < rows; start += block) {
    const count = Math.min(block, rows - start)
    for (let j = 0; j < width; j++) stacked[j].set(columns[j].subarray(start, start + count), width)
    for (let k = 0; k < width; k++) reflect(stacked, k, width + count)
  }
  const factor = new Float64Array(width * width)
  for (let j = 0; j < width; j++) for (let i = 0; i <= j; i++) factor[i * width + j] = stacked[j][i]
  return factor
}

/** Makes column k zero below the diagonal; rows k + 1 to width - 1 of it are zero already. */
function reflect(stacked, k, length) {
  const width = stacked.length
  const v = stacked[k]
  let below = 0
  for (let i = width; i < length; i++) below += v[i] * v[i]
  if (below === 0) return
  const diagonal = v[k] > 0 ? -Math.sqrt(v[k] * v[k] + below) : Math.sqrt(v[k] * v[k] + below)
  const head = v[k] - diagonal
  const scale = 2 / (head * head + below)
  for (let j = k + 1; j < width; j++) {
    const column = stacked[j]
    let dot = head * column[k]
    for (let i = width; i < length; i++) dot += v[i] * column[i]
    dot *= scale
    column[k] -= dot * head
    for (let i = width; i < length; i++) column[i] -= dot * v[i]
  }
  v[k] = diagonal
  v.fill(0, width, length)
}
