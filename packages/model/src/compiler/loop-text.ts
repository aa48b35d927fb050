/** Nested loops as text. */
import { productOf } from './adjoint.js'
import type { Axis } from './axes.js'

/**
 * Loops over `axes`. `before[k]` are the lines inside of k loops before the next one opens, `behind[k]` those after it closes; the last of `before` is the
 * body. `bounds` limits the outermost axis, which has `outermost` entries of the first original axis.
 */
export function loopText(
  axes: readonly Axis[],
  before: readonly (readonly string[])[],
  behind: readonly (readonly string[])[],
  bounds: { readonly lower?: string; readonly upper?: string },
  outermost: number,
): string {
  const indented = (lines: readonly string[], depth: number): string => lines.map(line => `${'  '.repeat(depth)}${line}\n`).join('')
  const { lower, upper } = bounds
  let code = ''
  axes.forEach((axis, k) => {
    const together = axis.length / outermost
    const times = together === 1 ? '' : `${together}`
    const isBounded = k === 0 && lower !== undefined && upper !== undefined
    const from = isBounded ? productOf(lower, times) : '0'
    const to = isBounded ? productOf(upper, times) : `${axis.length}`
    code += indented([...before[k], `for (let i${k} = ${from}; i${k} < ${to}; i${k}++) {`], k)
  })
  for (let k = axes.length; k >= 0; k--) {
    code += indented([...(k === axes.length ? before[k] : []), ...behind[k]], k)
    if (k > 0) code += indented(['}'], k - 1)
  }
  return code
}
