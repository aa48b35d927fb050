/**
 * A scalar function with its partial derivatives, as JavaScript source, so that a compiled loop contains it without a call.
 *
 * Source may use arithmetic, the functions of `Math` that are bit-reproducible under their own names (`exp`, `log`, `sqrt`, ...), and every export of
 * special/. Arguments are names of variables or literals, hence may be repeated freely.
 */
export interface Operator {
  readonly name: string
  readonly arity: number
  /** Source of the value. */
  source(...args: readonly string[]): string
  /**
   * Source of the partial derivative with respect to each argument; `out` is the name of the value. `null` where it is zero almost everywhere: nothing
   * is sent to that argument. Only the partials that are needed are evaluated.
   */
  partials(args: readonly string[], out: string): readonly (string | null)[]
}
